import { isPodReady, type Pod, podCondition } from '../api/index.ts'
import { millisOf } from '../lib/index.ts'

const PHASES = ['Pending', 'Unknown', 'Running']
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/**
 * The Pods whose loss hurts least come first; `crowdAround` says how many of the same kind are where a Pod is. `now` in
 * milliseconds. Source: pkg/controller/controller_utils.go ActivePodsWithRanks.
 */
export function byUselessness(pods: readonly Pod[], crowdAround: (pod: Pod) => number, now: number): Pod[] {
  const rank = (pod: Pod): number[] => [
    pod.spec?.nodeName ? 1 : 0,
    PHASES.indexOf(pod.status?.phase ?? 'Pending'),
    isPodReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.[DELETION_COST] ?? 0) || 0,
    -crowdAround(pod),
    isPodReady(pod) ? age(podCondition(pod, 'Ready')?.lastTransitionTime, now) : 0,
    -restarts(pod),
    age(pod.metadata.creationTimestamp, now),
  ]
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod) }))
  return ranked.sort((a, b) => compare(a.rank, b.rank) || (uidOf(a.pod) < uidOf(b.pod) ? -1 : 1)).map(({ pod }) => pod)
}

const uidOf = ({ metadata }: Pod): string => metadata.uid ?? ''

/** How many times an age can be halved, so that Pods of about the same age are alike and chance decides: KEP-2185. */
const age = (since: string | undefined, now: number): number =>
  since === undefined || now <= millisOf(since) ? 0 : 1 + Math.floor(Math.log2((now - millisOf(since)) * 1e6))
const restarts = (pod: Pod): number => Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount))

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, index) => value !== b[index])
  return i < 0 ? 0 : a[i]! - b[i]!
}
