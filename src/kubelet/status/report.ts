import { type Pod, pods, type PodStatus } from '../../api/index.ts'
import { isNotFound } from '../../client/index.ts'
import { isOwnCondition } from './conditions.ts'
import type { KubeletContext } from '../context.ts'
import { isTerminal } from '../pod/plan.ts'
import type { PodState } from '../pod/state.ts'
import { podStatus } from './status.ts'

/** Writes the Pod's status when it isn't what the API has. A Pod that is gone needs none. */
export async function reportStatus(pod: Pod, state: PodState, { client, clock, nodeIPs }: KubeletContext): Promise<void> {
  // What a Pod that has ended was like is known to the API alone, once this node has been restarted.
  if (isTerminal(pod) && state.containers.size === 0) return
  const status = podStatus(pod, state, { hostIPs: nodeIPs, now: clock.now() })
  if (isSame(pod.status, status)) return
  const { namespace, name = '', uid } = pod.metadata
  // The uid makes it a conflict when another Pod has taken the name.
  const body = { metadata: { uid }, status: patchOf(status) }
  await client.patch(pods, { namespace, name }, { type: 'strategic', body, subresource: 'status' }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}

/**
 * What others write at the same time stays: conditions are merged by their type, so only the kubelet's own are sent. Addresses
 * would be merged as well, and are whole as they are.
 */
function patchOf({ conditions = [], podIPs, hostIPs, ...status }: PodStatus): object {
  const whole = (list: readonly object[] | undefined): object[] | undefined => list && [{ $patch: 'replace' }, ...list]
  const own = conditions.filter(isOwnCondition).map((condition) => ({ ...UNSAID, ...condition }))
  return { ...status, conditions: own, podIPs: whole(podIPs), hostIPs: whole(hostIPs) }
}

/** A merge keeps what a condition said before, unless it is taken back. */
const UNSAID = { reason: null, message: null }

/** Whether writing `status` would change nothing, in whatever order the server keeps its keys. */
const isSame = (before: PodStatus | undefined, status: PodStatus): boolean =>
  Object.entries(status).every(([key, value]) => canonical(before?.[key as keyof PodStatus]) === canonical(value))

/** Sorted by key, and without what servers may drop: false, null, empty objects. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    const entries = Object.entries(item).filter(([, part]) => part !== null && part !== false && canonical(part) !== '{}')
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }) ?? ''
