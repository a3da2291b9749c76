import { lstat, opendir, readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/index.ts'
import type { Layout } from '../layout.ts'
import type { PodState } from '../pod/state.ts'
import type { DiskUse } from './plan.ts'
import type { Signals } from './thresholds.ts'

/** No folder is looked through further than this: whoever has more files than that is counted by those. */
const MOST_FILES = 100_000

/** What the machine has left: of memory, and of the file systems that the two folders are on. */
export async function readSignals(stateDir: string, dataDir: string): Promise<Signals> {
  const [node, images, memory] = await Promise.all([statfs(stateDir), statfs(dataDir), readFile('/proc/meminfo', 'utf8')])
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0)
  const space = ({ bavail, blocks, bsize }: typeof node) => ({ available: bavail * bsize, capacity: blocks * bsize })
  const inodes = ({ ffree, files }: typeof node) => ({ available: ffree, capacity: files })
  return {
    'memory.available': { available: kilobytes('MemAvailable') * 1024, capacity: kilobytes('MemTotal') * 1024 },
    'nodefs.available': space(node),
    'nodefs.inodesFree': inodes(node),
    'imagefs.available': space(images),
    'imagefs.inodesFree': inodes(images),
  }
}

/** What a Pod has written, by looking at its folders. */
export async function diskUse(pod: Pod, state: PodState, layout: Layout): Promise<DiskUse> {
  const volumes = new Map<string, number>()
  for (const { name, emptyDir } of pod.spec?.volumes ?? [])
    if (emptyDir && emptyDir.medium !== 'Memory') volumes.set(name, await sizeOf(layout.volume(state.uid, name)))
  const containers = new Map<string, number>()
  for (const { name, current } of state.containers.values()) {
    if (!current) continue
    const [written, output] = [join(current.folder, 'upper'), layout.log(state, name, current.attempt)]
    containers.set(name, (await sizeOf(written)) + (await sizeOfFile(output)))
  }
  return { containers, volumes }
}

/** Bytes that a folder takes on its disk; what goes while it is being looked at counts for nothing. */
async function sizeOf(folder: string): Promise<number> {
  let [size, files] = [0, 0]
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined && files < MOST_FILES; next = folders.pop()) {
    const entries = await opendir(next).catch(() => undefined)
    if (!entries) continue
    for await (const entry of entries) {
      if (++files >= MOST_FILES) break
      const path = join(next, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else size += await sizeOfFile(path)
    }
  }
  return size
}

const sizeOfFile = (path: string): Promise<number> =>
  lstat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0,
  )
