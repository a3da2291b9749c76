import { type Pod, qosClass } from '../../api/index.ts'
import type { Cgroups } from '../../kernel/index.ts'
import { hasResources, wholePodLimits } from '../container/resources.ts'
import type { PodCgroup } from '../pod/state.ts'

/** The cgroups of the node's Pods. */
export interface PodCgroups {
  /** Makes the Pod's; undefined for a Pod that asks for nothing and is limited by nothing, which is spared the work. */
  open(pod: Pod): Promise<PodCgroup | undefined>
  /** Counts one that an earlier kubelet made. */
  keep(cgroup: PodCgroup): void
  close(cgroup: PodCgroup): Promise<void>
  /** Removes those that nobody has opened or kept: an earlier kubelet was killed before it had written down whose they are. */
  removeStrangers(): Promise<void>
}

const ALL = 'kubepods'
const BURSTABLE = `${ALL}/burstable`
const BEST_EFFORT = `${ALL}/besteffort`

export function createPodCgroups(cgroups: Cgroups): PodCgroups {
  const known = new Map<string, number>()
  /** Burstable Pods share one folder, which weighs what they weigh together (pkg/kubelet/cm/qos_container_manager_linux.go). */
  const weigh = async (): Promise<void> => {
    const shares = [...known].flatMap(([path, share]) => (isBurstable(path) ? [share] : []))
    const sum = shares.reduce((total, share) => total + share, 0)
    await cgroups.set(BURSTABLE, { cpuShares: Math.max(2, sum) })
  }
  const keep = ({ path, cpuShares }: PodCgroup): void => void known.set(path, cpuShares)
  const close = async ({ path }: PodCgroup): Promise<void> => {
    await cgroups.remove(path)
    known.delete(path)
    if (isBurstable(path)) await weigh()
  }
  return {
    keep,
    async open(pod) {
      if (cgroups.missing !== '' || !hasResources(pod)) return undefined
      const limits = wholePodLimits(pod)
      const quality = pod.status?.qosClass ?? qosClass(pod)
      const cgroup = { path: `${folderOf(quality)}/pod${pod.metadata.uid}`, cpuShares: limits.cpuShares }
      keep(cgroup)
      try {
        await cgroups.set(cgroup.path, limits)
        if (isBurstable(cgroup.path)) await weigh()
        return cgroup
      } catch (error) {
        await close(cgroup)
        throw error
      }
    },
    close,
    async removeStrangers() {
      for (const folder of [ALL, BURSTABLE, BEST_EFFORT]) {
        const paths = (await cgroups.list(folder)).filter((name) => name.startsWith('pod')).map((name) => `${folder}/${name}`)
        for (const path of paths) if (!known.has(path)) await cgroups.remove(path)
      }
    },
  }
}

const folderOf = (quality: string): string => (quality === 'Guaranteed' ? ALL : quality === 'Burstable' ? BURSTABLE : BEST_EFFORT)
const isBurstable = (path: string): boolean => path.startsWith(`${BURSTABLE}/`)
