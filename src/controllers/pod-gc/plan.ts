import { isPodOver, type Pod, podCondition, type PodStatus } from '../../api/index.ts'

/** Ended Pods that are left to be looked at; upstream's default. */
const THRESHOLD = 12_500

export interface PlanOptions {
  readonly pods: readonly Pod[]
  /** Nodes that there are, and those that have been gone for too short a time to be sure. */
  readonly nodes: ReadonlySet<string>
  readonly threshold?: number
}

/** A Pod that is to go at once, and why. */
export interface Collected {
  readonly pod: Pod
  readonly reason: 'orphaned' | 'unscheduled' | 'terminated'
}

/** The Pods that are to go. Source: pkg/controller/podgc/gc_controller.go. */
export function plan({ pods, nodes, threshold = THRESHOLD }: PlanOptions): Collected[] {
  const isOrphaned = ({ spec }: Pod): boolean => Boolean(spec?.nodeName) && !nodes.has(spec?.nodeName ?? '')
  const orphaned = pods.filter(isOrphaned)
  const unscheduled = pods.filter(({ spec, metadata }) => !spec?.nodeName && metadata.deletionTimestamp !== undefined)
  const terminated = pods.filter((pod) => isPodOver(pod) && !isOrphaned(pod) && !unscheduled.includes(pod))
  const oldest = terminated.sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))
  return [
    ...orphaned.map((pod) => ({ pod, reason: 'orphaned' }) as const),
    ...unscheduled.map((pod) => ({ pod, reason: 'unscheduled' }) as const),
    ...oldest.slice(0, Math.max(0, oldest.length - threshold)).map((pod) => ({ pod, reason: 'terminated' }) as const),
  ]
}

/** What the status of a Pod says before it goes, for Jobs that count failures; undefined when it has ended. `now` as the API writes it. */
export function markedFailed({ pod, reason }: Collected, now: string): Partial<PodStatus> | undefined {
  if (isPodOver(pod)) return undefined
  if (reason !== 'orphaned') return { phase: 'Failed' }
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  }
  const others = (pod.status?.conditions ?? []).filter((known) => known !== podCondition(pod, condition.type))
  return { phase: 'Failed', conditions: [...others, { ...condition, lastTransitionTime: now }] }
}
