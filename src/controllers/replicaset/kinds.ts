import {
  type KubeObject,
  type LabelPredicate,
  labelSelectorPredicate,
  matchesLabels,
  type PodTemplateSpec,
  type ReplicaSet,
  type ReplicaSetCondition,
  type ReplicationController,
  replicaSets,
  replicationControllers,
  type Resource,
} from '../../api/index.ts'
import type { Counts } from './plan.ts'

/** What ReplicaSets and ReplicationControllers have in common, so that one controller keeps both. */
export interface ReplicaKind<T extends KubeObject> {
  readonly resource: Resource<T>
  /** Who says it, in Events. */
  readonly component: string
  replicas(object: T): number
  minReadySeconds(object: T): number
  template(object: T): PodTemplateSpec | undefined
  matches(object: T): LabelPredicate
  conditions(object: T): readonly ReplicaSetCondition[] | undefined
  /** What its status tells. */
  status(counts: Counts): object
}

export const replicaSetKind: ReplicaKind<ReplicaSet> = {
  resource: replicaSets,
  component: 'replicaset-controller',
  replicas: ({ spec }) => spec?.replicas ?? 1,
  minReadySeconds: ({ spec }) => spec?.minReadySeconds ?? 0,
  template: ({ spec }) => spec?.template,
  matches: ({ spec }) => labelSelectorPredicate(spec?.selector),
  conditions: ({ status }) => status?.conditions,
  status: (counts) => counts,
}

export const replicationControllerKind: ReplicaKind<ReplicationController> = {
  resource: replicationControllers,
  component: 'replication-controller',
  replicas: ({ spec }) => spec?.replicas ?? 1,
  minReadySeconds: ({ spec }) => spec?.minReadySeconds ?? 0,
  template: ({ spec }) => spec?.template,
  matches:
    ({ spec }) =>
    (labels) =>
      matchesLabels(spec?.selector, labels),
  conditions: ({ status }) => status?.conditions,
  status: ({ replicas, fullyLabeledReplicas, readyReplicas, availableReplicas }) => ({
    replicas,
    fullyLabeledReplicas,
    readyReplicas,
    availableReplicas,
  }),
}
