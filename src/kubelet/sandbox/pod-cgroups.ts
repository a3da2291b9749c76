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
}

const ALL = 'kubepods'
const BURSTABLE = `${ALL}/burstable`

export function createPodCgroups(cgroups: Cgroups): PodCgroups {
  const burstable = new Map<string, number>()
  /** Burstable Pods share one folder, which weighs what they weigh together (pkg/kubelet/cm/qos_container_manager_linux.go). */
  const weigh = async (): Promise<void> => {
    const sum = [...burstable.values()].reduce((total, shares) => total + shares, 0)
    await cgroups.set(BURSTABLE, { cpuShares: Math.max(2, sum) })
  }
  const keep = ({ path, cpuShares }: PodCgroup): void => {
    if (path.startsWith(BURSTABLE)) burstable.set(path, cpuShares)
  }
  return {
    keep,
    async open(pod) {
      if (cgroups.missing !== '' || !hasResources(pod)) return undefined
      const limits = wholePodLimits(pod)
      const quality = pod.status?.qosClass ?? qosClass(pod)
      const cgroup = { path: `${folderOf(quality)}/pod${pod.metadata.uid}`, cpuShares: limits.cpuShares }
      await cgroups.set(cgroup.path, limits)
      keep(cgroup)
      if (quality === 'Burstable') await weigh()
      return cgroup
    },
    async close({ path }) {
      await cgroups.remove(path)
      if (burstable.delete(path)) await weigh()
    },
  }
}

const folderOf = (quality: string): string => (quality === 'Guaranteed' ? ALL : `${ALL}/${quality.toLowerCase()}`)
