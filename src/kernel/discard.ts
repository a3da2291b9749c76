import { run } from './run.ts'

/**
 * Gives the first `bytes` of a file back to the disk, in place: what follows keeps its offset, and whoever is writing goes on
 * (FALLOC_FL_PUNCH_HOLE of fallocate(2)). Reading them gives zeros.
 */
export async function discardStart(file: string, bytes: number): Promise<void> {
  await run('fallocate', ['--punch-hole', '--offset', '0', '--length', String(bytes), file])
}
