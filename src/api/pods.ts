import type { Pod, PodCondition } from './generated/types.gen.ts'

export const podCondition = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type)

/** Whether the Pod says it can take traffic; a Pod that never said is not ready. */
export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True'

/** Succeeded or Failed: none of its containers will run again. */
export const isPodOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** What somebody says of a Pod in its conditions; the rest is filled in. */
export type PodConditionDraft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>

/**
 * A Pod's conditions with one more or one changed; its time moves only when its status does. `now` as the API writes times.
 * Source: pkg/api/v1/pod UpdatePodCondition and CalculatePodConditionObservedGeneration.
 */
export function withPodCondition(pod: Pod, draft: PodConditionDraft, now: string): PodCondition[] {
  const before = podCondition(pod, draft.type)
  const { generation } = pod.metadata
  const lastTransitionTime = before?.status === draft.status ? before.lastTransitionTime : now
  const condition = {
    ...draft,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  }
  const all = pod.status?.conditions ?? []
  return before ? all.map((each) => (each === before ? condition : each)) : [...all, condition]
}
