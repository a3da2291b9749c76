import { isPodOver, type Node, type Pod, type PodStatus, withPodCondition } from '../../api/index.ts'

/** Ended Pods that are left to be looked at; upstream's default. */
const THRESHOLD = 12_500

export interface PlanOptions {
  readonly pods: readonly Pod[]
  /** By name; undefined for those that have been gone for too short a time to be sure. */
  readonly nodes: ReadonlyMap<string, Node | undefined>
  readonly threshold?: number
}

/** A Pod that is to go at once, and why. */
export interface Collected {
  readonly pod: Pod
  readonly reason: 'terminated' | 'out-of-service' | 'orphaned' | 'unscheduled'
}

const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service'

/** The Pods that are to go, each once. Source: pkg/controller/podgc/gc_controller.go. */
export function plan({ pods, nodes, threshold = THRESHOLD }: PlanOptions): Collected[] {
  const over = pods.filter(isPodOver)
  const terminated = over.sort(byUselessness).slice(0, Math.max(0, over.length - threshold))
  const reasonOf = (pod: Pod): Collected['reason'] | undefined => {
    const { nodeName } = pod.spec ?? {}
    const isGoing = pod.metadata.deletionTimestamp !== undefined
    if (terminated.includes(pod)) return 'terminated'
    if (!nodeName) return isGoing ? 'unscheduled' : undefined
    if (!nodes.has(nodeName)) return 'orphaned'
    return isGoing && isOutOfService(nodes.get(nodeName)) ? 'out-of-service' : undefined
  }
  return pods.flatMap((pod) => {
    const reason = reasonOf(pod)
    return reason ? [{ pod, reason }] : []
  })
}

/** Whether somebody has said of a node that is silent that it is off, so that nothing runs there any more. */
function isOutOfService(node: Node | undefined): boolean {
  const isReady = node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return node !== undefined && !isReady && (node.spec?.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE)
}

/** Evicted ones first, then by age. */
const rank = ({ metadata, status }: Pod): string =>
  [status?.phase === 'Failed' && status.reason === 'Evicted' ? 0 : 1, metadata.creationTimestamp, metadata.name].join(' ')
const byUselessness = (a: Pod, b: Pod): number => (rank(a) < rank(b) ? -1 : 1)

/** What the status of a Pod says before it goes, for Jobs that count failures; undefined when it has ended. `now` as the API writes it. */
export function markedFailed({ pod, reason }: Collected, now: string): Partial<PodStatus> | undefined {
  if (isPodOver(pod)) return undefined
  if (reason !== 'orphaned') return { phase: 'Failed' }
  const message = 'PodGC: node no longer exists'
  const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message }
  return { phase: 'Failed', conditions: withPodCondition(pod, condition, now) }
}
