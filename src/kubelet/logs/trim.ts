import { open, readFile, rm, writeFile } from 'node:fs/promises'

/** How much of a container's output is kept at least, and how much more there may be until the rest goes; bytes. */
const KEPT = 10 << 20
const SLACK = 5 << 20
const CHUNK = 64 << 10

const startFile = (log: string): string => log.replace(/\.log$/, '.start')

/** Where a log begins: what was before has been given back to the disk. 0 for most. */
export const readStart = async (log: string): Promise<number> => Number(await readFile(startFile(log), 'utf8').catch(() => '0'))

/**
 * Keeps a log of `size` bytes from growing for ever: of one that has become too long the oldest lines go, in place, as its program has it
 * open. Answers where it begins now, or undefined when nothing was done.
 */
export async function trimLog(
  log: string,
  size: number,
  discard: (file: string, bytes: number) => Promise<void>,
): Promise<number | undefined> {
  if (size < KEPT + SLACK || size - (await readStart(log)) < KEPT + SLACK) return undefined
  const start = await lineAfter(log, size - KEPT)
  // Readers are told first: they must not meet what is about to go.
  await writeFile(startFile(log), String(start))
  await discard(log, start)
  return start
}

/** The offset of the first line that begins after `offset`; the offset itself within a line that is very long. */
async function lineAfter(log: string, offset: number): Promise<number> {
  const file = await open(log)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, offset)
    const newline = buffer.subarray(0, bytesRead).indexOf(10)
    return newline < 0 ? offset : offset + newline + 1
  } finally {
    await file.close()
  }
}

/** Removes a log and everything that is noted of it. */
export async function removeLog(log: string): Promise<void> {
  await Promise.all([log, startFile(log), log.replace(/\.log$/, '.times')].map((file) => rm(file, { force: true })))
}
