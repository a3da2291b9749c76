import { readFileSync } from 'node:fs'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** madvise(2): the range's pages may go; what is read again comes back from the file. */
const MADV_DONTNEED = 4

/** Start-up is over for most parts by the first, for all by the last; milliseconds after it began. */
const MOMENTS = [1_000, 3_000, 10_000]
/** How often it is looked whether much has become garbage since; milliseconds. */
const LOOK_EVERY = 30_000
/** Collecting is for processes that used less of a processor than this share since the last look. */
const IDLE = 0.03
/** How much larger than after the last collection the heap must be to be worth a pause of a tenth of a second; bytes. */
const WORTHWHILE = 24 << 20

/**
 * Gives back what this process needs no more, until `sleep` rejects: at some moments of start-up the pages of its programs and
 * libraries, more than half of what an idle Node.js process has resident, and whenever it is idle the garbage. Of the pages
 * only ranges of files that can't be written and were never changed (not even by the dynamic linker: `Anonymous: 0 kB`,
 * proc_pid_smaps(5)), so nothing can be lost; pages that are used again come back from the page cache. They stay where the
 * foreign function interface isn't there.
 */
export async function trimWhenIdle(sleep: (milliseconds: number) => Promise<void>): Promise<void> {
  let elapsed = 0
  for (const moment of MOMENTS) {
    await sleep(moment - elapsed)
    elapsed = moment
    if (moment === MOMENTS.at(-1)) collectGarbage()
    await trim()
  }
  for (let kept = heapSize(); ;) {
    const before = process.cpuUsage()
    await sleep(LOOK_EVERY)
    const { user, system } = process.cpuUsage(before)
    const share = (user + system) / 1000 / LOOK_EVERY
    if (!isWorthwhile({ share, heap: heapSize(), kept })) continue
    collectGarbage()
    await trim()
    kept = heapSize()
  }
}

/** Whether garbage should be collected now: `share` is that of a processor, `kept` the heap after the last time, bytes. */
export const isWorthwhile = ({ share, heap, kept }: { share: number; heap: number; kept: number }): boolean =>
  share < IDLE && heap > kept + WORTHWHILE

const heapSize = (): number => getHeapStatistics().total_heap_size

/** V8 collects when it needs room; an idle process has no such need and would keep what filling its caches left behind. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as (options: object) => void)({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

async function trim(): Promise<void> {
  try {
    const { default: ffi } = await import('node:ffi')
    const { functions } = ffi.dlopen('libc.so.6', {
      madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' },
      malloc_trim: { arguments: ['u64'], return: 'i32' },
    })
    functions['malloc_trim']!(0n)
    for (const { start, end } of cleanRanges(readFileSync('/proc/self/smaps', 'utf8')))
      functions['madvise']!(start, end - start, MADV_DONTNEED)
  } catch {
    // What can't be given back is kept.
  }
}

export interface AddressRange {
  readonly start: bigint
  readonly end: bigint
}

/** The ranges of an smaps file that are backed by a file, can't be written, and hold no page of their own. */
export function cleanRanges(smaps: string): AddressRange[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((mapping) => {
    const [, start, end, permissions = '', inode] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)/.exec(mapping) ?? []
    const clean = inode !== undefined && inode !== '0' && !permissions.includes('w') && /^Anonymous: +0 kB$/m.test(mapping)
    return clean ? [{ start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }] : []
  })
}
