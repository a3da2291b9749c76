import { type FSWatcher, watch } from 'node:fs'
import { appendFile, readFile, stat } from 'node:fs/promises'

/** Up to `offset` bytes had been written by the time `at`, in milliseconds since the epoch. */
export interface Mark {
  readonly offset: number
  readonly at: number
}

/** Marks lie this far apart at least; milliseconds. */
const RESOLUTION = 10

const timesFile = (log: string): string => log.replace(/\.log$/, '.times')

/**
 * Notes when a container's output grew. The output itself goes from the program into its file past this process, so
 * that is all that is known of the time of a line; what was written while no kubelet ran has the time of the next.
 */
export function keepTimes(log: string, signal: AbortSignal, onError: (error: unknown) => void): void {
  let known = -1
  let timer: NodeJS.Timeout | undefined
  const note = async (): Promise<void> => {
    const { size, mtimeMs } = await stat(log)
    if (size === known) return
    known = size
    await appendFile(timesFile(log), `${size} ${Math.round(mtimeMs)}\n`)
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
