import type { StatefulSetStatus } from '../../api/index.ts'
import { isPodAvailable } from '../pod-availability.ts'
import { isRunningAndReady, isTerminating, type PlanOptions } from './plan.ts'
import { revisionOf } from './pod.ts'

/**
 * What the status should say; an update that has reached every Pod makes its revision the current one. Undefined is none, which
 * is how upstream leaves out zeros. Source: pkg/controller/statefulset computeReplicaStatus, completeRollingUpdate.
 */
export function statusOf({ set, current, update, pods, now }: PlanOptions, collisionCount: number) {
  const ready = pods.filter(isRunningAndReady)
  const living = pods.filter((pod) => !isTerminating(pod))
  const currentReplicas = living.filter((pod) => revisionOf(pod) === current.name).length
  const updatedReplicas = living.filter((pod) => revisionOf(pod) === update.name).length
  const isComplete =
    set.spec?.updateStrategy?.type !== 'OnDelete' &&
    [pods.length, ready.length, updatedReplicas].every((count) => count === (set.spec?.replicas ?? 1))
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    readyReplicas: ready.length || undefined,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)).length,
    currentReplicas: (isComplete ? updatedReplicas : currentReplicas) || undefined,
    updatedReplicas: updatedReplicas || undefined,
    currentRevision: isComplete ? update.name : current.name,
    updateRevision: update.name,
    collisionCount,
  } satisfies { readonly [field in keyof StatefulSetStatus]: StatefulSetStatus[field] | undefined }
}
