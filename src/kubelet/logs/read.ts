import { watch } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Mark, readTimes, timeOf } from './times.ts'
import { readStart } from './trim.ts'

/** As PodLogOptions has them. */
export interface LogOptions {
  readonly follow: boolean
  /** Only so many lines from the end. */
  readonly tailLines?: number
  readonly timestamps: boolean
  /** Only what was written from this offset on. */
  readonly from?: number
  /** Only what was written after; milliseconds since the epoch. */
  readonly since?: number
  readonly limitBytes?: number
}

export interface LogSource {
  readonly file: string
  /** Aborts when nothing will be written any more. */
  readonly ended: AbortSignal
  /** Milliseconds. */
  readonly now: () => number
}

const CHUNK = 64 * 1024

/** A container's output in pieces; following, until the container has ended or `signal` aborts. */
export async function* readLog(
  { file, ended, now }: LogSource,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const handle = await open(file)
  const changes = options.follow ? changesOf(file, AbortSignal.any([ended, signal])) : undefined
  try {
    let marks = await readTimes(file)
    const { size } = await handle.stat()
    let offset = await startOf(handle, { size, marks, options, start: await readStart(file) })
    let left = options.limitBytes ?? Number.POSITIVE_INFINITY
    const stamp = createStamp()
    for (;;) {
      const over = ended.aborted
      for (let piece = await readAt(handle, offset); piece.length > 0 && left > 0; piece = await readAt(handle, offset)) {
        if (options.timestamps) marks = await readTimes(file)
        const text = options.timestamps ? stamp(piece, (at) => timeOf(marks, offset + at, now())) : piece
        yield text.subarray(0, left)
        left -= text.length
        offset += piece.length
      }
      if (!changes || over || left <= 0 || signal.aborted) return
      await changes.next()
      offset = Math.max(offset, await readStart(file))
    }
  } finally {
    changes?.close()
    await handle.close()
  }
}

async function readAt(handle: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, position)
  return buffer.subarray(0, bytesRead)
}

/** Puts the time before every line: `2026-11-21T01:30:00.123000000Z line`. A line may come in several pieces. */
function createStamp(): (piece: Buffer, timeAt: (offset: number) => number) => Buffer {
  let atLineStart = true
  return (piece, timeAt) => {
    const parts: Buffer[] = []
    for (let start = 0; start < piece.length;) {
      const newline = piece.indexOf(10, start)
      const end = newline < 0 ? piece.length : newline + 1
      if (atLineStart) parts.push(Buffer.from(`${new Date(timeAt(start)).toISOString().replace('Z', '000000Z')} `))
      parts.push(piece.subarray(start, end))
      atLineStart = newline >= 0
      start = end
    }
    return Buffer.concat(parts)
  }
}

interface StartFacts {
  readonly size: number
  readonly marks: readonly Mark[]
  readonly options: LogOptions
  /** Where the log begins. */
  readonly start: number
}

/** Where to begin, so that only the last lines, or those since a time, are read. */
async function startOf(handle: FileHandle, { size, marks, options, start }: StartFacts): Promise<number> {
  const { tailLines, since, from = 0 } = options
  const fromTime = Math.max(start, from, since === undefined ? 0 : (marks.findLast(({ at }) => at < since)?.offset ?? 0))
  if (tailLines === undefined) return fromTime
  return Math.max(fromTime, await lastLines(handle, size, tailLines))
}

/** The offset of the last `count` lines; the file is read backwards. */
async function lastLines(handle: FileHandle, size: number, count: number): Promise<number> {
  if (count === 0) return size
  let found = 0
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK)
    const { buffer } = await handle.read(Buffer.allocUnsafe(end - start), 0, end - start, start)
    for (let at = buffer.length - 1; at >= 0; at--) {
      // The newline at the very end belongs to the last line.
      if (buffer[at] !== 10 || start + at === size - 1) continue
      found++
      if (found === count) return start + at + 1
    }
    end = start
  }
  return 0
}

interface Changes {
  /** Resolves at the next change since it was last asked, or at the end. */
  next(): Promise<void>
  close(): void
}

function changesOf(file: string, over: AbortSignal): Changes {
  let pending = false
  let wake: (() => void) | undefined
  const changed = (): void => {
    pending = true
    wake?.()
  }
  const watcher = watch(file, changed)
  over.addEventListener('abort', changed, { once: true })
  return {
    async next() {
      if (!pending && !over.aborted) await new Promise<void>((resolve) => (wake = resolve))
      pending = false
    },
    close: () => watcher.close(),
  }
}
