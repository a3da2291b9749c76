import { type FSWatcher, watch } from 'node:fs'
import { appendFile, readFile, stat, writeFile } from 'node:fs/promises'
import { trimLog } from './trim.ts'

/** Up to `offset` bytes had been written by the time `at`, in milliseconds since the epoch. */
export interface Mark {
  readonly offset: number
  readonly at: number
}

/** Marks lie this far apart at least; milliseconds. */
const RESOLUTION = 10

const timesFile = (log: string): string => log.replace(/\.log$/, '.times')

export interface KeepOptions {
  /** Gives the first bytes of a file back to the disk, in place. */
  readonly discard: (file: string, bytes: number) => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Notes when a container's output grew, and lets what is old go. The output itself goes from the program into its file past this process, so
 * that is all that is known of the time of a line; what was written while no kubelet ran has the time of the next.
 */
export function keepTimes(log: string, { discard, onError }: KeepOptions, signal: AbortSignal): void {
  let known = -1
  let timer: NodeJS.Timeout | undefined
  const note = async (): Promise<void> => {
    const { size, mtimeMs } = await stat(log)
    if (size === known) return
    known = size
    await appendFile(timesFile(log), `${size} ${Math.round(mtimeMs)}\n`)
    const start = await trimLog(log, size, discard)
    if (start !== undefined) await forgetTimes(log, start)
  }
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      note().catch(onError)
    }, RESOLUTION)
  }
  const watcher: FSWatcher = watch(log, soon)
  watcher.on('error', onError)
  signal.addEventListener(
    'abort',
    () => {
      watcher.close()
      clearTimeout(timer)
      note().catch(() => {})
    },
    { once: true },
  )
  soon()
}

/** Marks of what has gone serve nobody. */
async function forgetTimes(log: string, start: number): Promise<void> {
  const kept = (await readTimes(log)).filter(({ offset }) => offset >= start)
  await writeFile(timesFile(log), kept.map(({ offset, at }) => `${offset} ${at}\n`).join(''))
}

/** In the order in which they were noted; empty when there are none. */
export async function readTimes(log: string): Promise<Mark[]> {
  const text = await readFile(timesFile(log), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [offset = 0, at = 0] = line.split(' ').map(Number)
      return { offset, at }
    })
}

/** When the byte at `offset` was written, as far as `marks` tell; `now` for what came after them. */
export function timeOf(marks: readonly Mark[], offset: number, now: number): number {
  let [low, high] = [0, marks.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (marks[middle]!.offset > offset) high = middle
    else low = middle + 1
  }
  return marks[low]?.at ?? now
}
