import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** madvise(2): the range's pages may go; what is read again comes back from the file. */
const MADV_DONTNEED = 4

/** Start-up is over for most parts by the first, for all by the last; milliseconds after it began. */
const MOMENTS = [1_000, 3_000, 10_000]

/**
 * Gives back what start-up needed and nothing needs any more: in the end the garbage, and at every moment the pages of this
 * process's programs and libraries, more than half of what an idle Node.js process has resident. Of those only ranges of files
 * that can't be written and were never changed (not even by the dynamic linker: `Anonymous: 0 kB`, proc_pid_smaps(5)), so
 * nothing can be lost; pages that are used again come back from the page cache. They stay where the foreign function interface
 * isn't there.
 */
export async function trimAfterStart(sleep: (milliseconds: number) => Promise<void>): Promise<void> {
  let elapsed = 0
  for (const moment of MOMENTS) {
    await sleep(moment - elapsed)
    elapsed = moment
    if (moment === MOMENTS.at(-1)) collectGarbage()
    if (!(await trim())) return
  }
}

/** V8 collects when it needs room; an idle process has no such need and would keep what filling its caches left behind. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

async function trim(): Promise<boolean> {
  try {
    const { default: ffi } = await import('node:ffi')
    const { functions } = ffi.dlopen('libc.so.6', { madvise: { arguments: ['u64', 'u64', 'i32'], return: 'i32' } })
    for (const { start, end } of cleanRanges(readFileSync('/proc/self/smaps', 'utf8')))
      functions['madvise']!(start, end - start, MADV_DONTNEED)
    return true
  } catch {
    return false
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
