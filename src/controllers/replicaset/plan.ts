import { millisOf } from '../../lib/index.ts'
import { isPodOver, isPodReady, type Pod, podCondition } from '../../api/index.ts'
import { isPodAvailable } from '../pod-availability.ts'

/** A ReplicaSet or a ReplicationController, as far as Pods are concerned. */
export interface Wanted {
  readonly replicas: number
  readonly minReadySeconds: number
  /** The template's labels, which a Pod must all have to count as fully labelled. */
  readonly templateLabels: Readonly<Record<string, string>>
}

export interface Plan {
  /** How many Pods are to be made. */
  readonly create: number
  /** Which Pods are to go. */
  readonly delete: readonly Pod[]
}

/** Undefined is none, which is how upstream leaves out zeros. */
export interface Counts {
  readonly replicas: number
  readonly fullyLabeledReplicas: number | undefined
  readonly readyReplicas: number | undefined
  readonly availableReplicas: number | undefined
  readonly terminatingReplicas: number
}

/** Whether a Pod counts: it has not ended and is not on its way out. */
export const isActive = (pod: Pod): boolean => !isPodOver(pod) && pod.metadata.deletionTimestamp === undefined
export const activePods = (pods: readonly Pod[]): Pod[] => pods.filter(isActive)

export interface PlanOptions extends Pick<Wanted, 'replicas'> {
  readonly pods: readonly Pod[]
  /** Those of other ReplicaSets of the same Deployment: a node where many of them are can spare one. */
  readonly related?: readonly Pod[]
  /** Milliseconds. */
  readonly now: number
}

/** What has to happen so that there are as many Pods as wanted. */
export function plan({ replicas, pods, related = [], now }: PlanOptions): Plan {
  const active = activePods(pods)
  if (active.length <= replicas) return { create: replicas - active.length, delete: [] }
  const crowds = Map.groupBy(activePods([...pods, ...related]), nodeOf)
  const ranked = byUselessness(active, (pod) => crowds.get(nodeOf(pod))?.length ?? 0, now)
  return { create: 0, delete: ranked.slice(0, active.length - replicas) }
}

const nodeOf = ({ spec }: Pod): string => spec?.nodeName ?? ''

export function count({ minReadySeconds, templateLabels }: Wanted, pods: readonly Pod[], now: number): Counts {
  const active = activePods(pods)
  const labels = Object.entries(templateLabels)
  const some = (list: readonly Pod[]): number | undefined => list.length || undefined
  return {
    replicas: active.length,
    fullyLabeledReplicas: some(active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value))),
    readyReplicas: some(active.filter(isPodReady)),
    availableReplicas: some(active.filter((pod) => isPodAvailable(pod, minReadySeconds, now))),
    terminatingReplicas: pods.filter((pod) => !isPodOver(pod) && pod.metadata.deletionTimestamp !== undefined).length,
  }
}

const PHASES = ['Pending', 'Unknown', 'Running']
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

/** The Pods whose loss hurts least come first. Source: pkg/controller/controller_utils.go ActivePodsWithRanks. */
function byUselessness(pods: readonly Pod[], crowdAround: (pod: Pod) => number, now: number): Pod[] {
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
