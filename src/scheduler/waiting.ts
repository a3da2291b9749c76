import { type Node, type Pod, podCondition, semanticEqual, withPodCondition } from '../api/index.ts'

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
  return withPodCondition(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }, now)
}

/** Whether where other Pods are decides where this one may go. */
export const dependsOnOthers = ({ spec }: Pod): boolean =>
  Boolean(spec?.affinity?.podAffinity ?? spec?.affinity?.podAntiAffinity) || (spec?.topologySpreadConstraints ?? []).length > 0

/** Nodes say something all the time: what decides about Pods seldom changes. */
export const isAsInviting = (a: Node | undefined, b: Node | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  semanticEqual(a.spec, b.spec) &&
  semanticEqual(a.metadata.labels, b.metadata.labels) &&
  semanticEqual(a.status?.allocatable, b.status?.allocatable)
