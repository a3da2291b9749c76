import { isPodOver, isPodReady, type Pod } from '../../api/index.ts'
import { isPodAvailable } from '../pod-availability.ts'
import { byUselessness } from '../usefulness.ts'

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
