import { type Node, type Pod, podCondition } from '../api/index.ts'
import { fitsAffinity } from './affinity.ts'
import { fitsResources, fitsPorts, type NodeUse } from './resources.ts'
import { untoleratedTaint } from './taints.ts'

/** A node with what its Pods take from it. */
export interface Candidate {
  readonly node: Node
  readonly use: NodeUse
  /** How many Pods of the same owner run there already. */
  readonly siblings: number
}

export type Decision = { readonly node: string } | { readonly message: string }

/**
 * The node for a Pod: of those that it fits on, the one with the fewest Pods of the same owner, then with the fewest at all,
 * then the first by name. Or why there is none, in upstream's words.
 */
export function schedule(pod: Pod, candidates: readonly Candidate[]): Decision {
  const fitting: Candidate[] = []
  const reasons = new Map<string, number>()
  for (const candidate of candidates) {
    const reason = misfit(pod, candidate)
    if (reason === undefined) fitting.push(candidate)
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const [best] = fitting.sort(byPreference)
  if (best) return { node: best.node.metadata.name ?? '' }
  const counted = [...reasons].map(([reason, nodes]) => `${nodes} ${reason}`).sort()
  const why = counted.length > 0 ? `: ${counted.join(', ')}` : ''
  const preemption =
    candidates.length > 0
      ? ` preemption: 0/${candidates.length} nodes are available: ${candidates.length} Preemption is not helpful for scheduling.`
      : ''
  return {
    message:
      candidates.length === 0
        ? 'no nodes available to schedule pods'
        : `0/${candidates.length} nodes are available${why}.${preemption}`,
  }
}

const byPreference = (a: Candidate, b: Candidate): number =>
  a.siblings - b.siblings || a.use.pods - b.use.pods || ((a.node.metadata.name ?? '') < (b.node.metadata.name ?? '') ? -1 : 1)

/** Why a Pod can't run on a node; undefined when it can. The order of questions is upstream's filter plugins'. */
function misfit(pod: Pod, { node, use }: Candidate): string | undefined {
  if (node.spec?.unschedulable && untoleratedTaint(pod, [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]))
    return 'node(s) were unschedulable'
  const taint = untoleratedTaint(pod, node.spec?.taints ?? [])
  if (taint) return `node(s) had untolerated taint(s)`
  if (!fitsAffinity(pod, node)) return "node(s) didn't match Pod's node affinity/selector"
  if (!fitsPorts(pod, use)) return "node(s) didn't have free ports for the requested pod ports"
  return fitsResources(pod, node, use)
}

/** Pods that wait for a node: unbound, living, not gated, and for a scheduler of our name. */
export const waitsForNode = (pod: Pod, schedulerName: string): boolean =>
  !pod.spec?.nodeName &&
  !pod.metadata.deletionTimestamp &&
  (pod.spec?.schedulerName ?? 'default-scheduler') === schedulerName &&
  (pod.spec?.schedulingGates ?? []).length === 0 &&
  pod.status?.phase !== 'Failed' &&
  pod.status?.phase !== 'Succeeded'

/** The Pod's conditions once it is known that it can't be placed; undefined when they say so already. */
export function unschedulable(pod: Pod, message: string, now: string): NonNullable<Pod['status']>['conditions'] | undefined {
  const before = podCondition(pod, 'PodScheduled')
  if (before?.status === 'False' && before.reason === 'Unschedulable' && before.message === message) return undefined
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled')
  const lastTransitionTime = before?.status === 'False' ? before.lastTransitionTime : now
  return [...others, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime }]
}
