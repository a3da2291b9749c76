import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '../../api/index.ts'
import type { Mount } from '../container/config.ts'
import type { KubeletContext } from '../context.ts'
import { allContainers } from '../pod/state.ts'
import { bindMount } from '../volumes/mounts.ts'

const PATH = '/dev/shm'
/** As containerd gives it to a Pod. */
const SIZE = 64 << 20

const folderOf = (pod: Pod, { layout }: KubeletContext): string => join(layout.pod(pod.metadata.uid ?? ''), 'shm')

/** A Pod of one container keeps its shared memory in that container, which saves a mount. */
const isShared = (pod: Pod): boolean => allContainers(pod).length > 1 && !pod.spec?.hostIPC

/** Makes the /dev/shm that the Pod's containers share. */
export async function makeSharedMemory(pod: Pod, context: KubeletContext): Promise<void> {
  if (!isShared(pod)) return
  await mkdir(folderOf(pod, context), { recursive: true })
  await context.kernel.mounts.tmpfs(folderOf(pod, context), { mode: '1777', size: SIZE })
}

/** What lies over a container's own /dev/shm. */
export function sharedMemoryMounts(pod: Pod, context: KubeletContext): Mount[] {
  if (pod.spec?.hostIPC) return [bindMount(PATH, PATH)]
  return isShared(pod) ? [bindMount(folderOf(pod, context), PATH)] : []
}
