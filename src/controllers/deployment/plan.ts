import { controllerReference, type Deployment, type ReplicaSet } from '../../api/index.ts'
import { type Annotations, byRevision, changedAnnotations } from './annotations.ts'
import { byAge, emptied, fenceposts, mustEmpty, recreateStep, replicasOf, rollingStep, type Scaling } from './rolling.ts'
import { followScale, isScaled, sizeAnnotations } from './proportional.ts'
import { sameTemplate, TEMPLATE_HASH, templateHash } from './template-hash.ts'

export interface PlanOptions {
  readonly deployment: Deployment
  /** Those the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[]
  /** Pods of old ReplicaSets that still run or are on their way out, for the Recreate strategy. */
  readonly oldPods: number
}

export interface Plan {
  readonly create?: ReplicaSet
  readonly scale: readonly Scaling[]
  /** Beyond revisionHistoryLimit. */
  readonly delete: readonly ReplicaSet[]
  /** What the new ReplicaSet's annotations should say, where they don't. */
  readonly annotate?: { readonly replicaSet: ReplicaSet; readonly annotations: Annotations }
  /** Whether the new ReplicaSet must hear of another minReadySeconds. */
  readonly minReadySeconds?: { readonly replicaSet: ReplicaSet; readonly value: number }
}

/** The next step towards one ReplicaSet of the current template with all the replicas. Called again after every step. */
export function plan({ deployment, replicaSets, oldPods }: PlanOptions): Plan {
  const fresh = freshSet(deployment, replicaSets)
  const old = replicaSets.filter((set) => set !== fresh)
  const upkeep = fresh ? keep(deployment, fresh, old) : {}
  if (deployment.spec?.paused || isScaled(deployment, replicaSets)) {
    const scale = followScale(deployment, replicaSets, fresh)
    return { ...upkeep, scale, delete: deployment.spec?.paused ? surplus(deployment, old) : [] }
  }
  if (!fresh && isRecreate(deployment) && mustEmpty(old, oldPods)) return { scale: emptied(old), delete: [] }
  if (!fresh) return { create: newSet(deployment, old), scale: [], delete: [] }
  const scale = scaling(deployment, fresh, old, oldPods)
  return {
    ...upkeep,
    scale,
    delete: scale.length === 0 && isComplete(deployment, fresh, old) ? surplus(deployment, old) : [],
  }
}

const isRecreate = ({ spec }: Deployment): boolean => spec?.strategy?.type === 'Recreate'

/** What the ReplicaSet of the current template must hear of. */
function keep(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): Pick<Plan, 'annotate' | 'minReadySeconds'> {
  const annotations = changedAnnotations(deployment, fresh, old)
  const seconds = deployment.spec?.minReadySeconds ?? 0
  return {
    ...(annotations ? { annotate: { replicaSet: fresh, annotations } } : {}),
    ...(seconds === (fresh.spec?.minReadySeconds ?? 0) ? {} : { minReadySeconds: { replicaSet: fresh, value: seconds } }),
  }
}

function scaling(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[], oldPods: number): readonly Scaling[] {
  if (isRecreate(deployment)) return recreateStep(deployment, fresh, old, oldPods)
  return rollingStep(deployment, fresh, old)
}

/** The ReplicaSet with the Deployment's template; the oldest, should there be several. */
export const freshSet = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  byAge(sets).find((set) => sameTemplate(set.spec?.template, deployment.spec?.template))

const isComplete = (deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): boolean =>
  (fresh.status?.availableReplicas ?? 0) >= (deployment.spec?.replicas ?? 1) && old.every((set) => replicasOf(set) === 0)

/** The oldest that are more than are to be kept; those that still have Pods stay. Source: cleanupDeployment. */
function surplus(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const there = old.filter(({ metadata }) => !metadata.deletionTimestamp)
  const limit = deployment.spec?.revisionHistoryLimit ?? 10
  const isEmpty = (set: ReplicaSet): boolean =>
    replicasOf(set) === 0 &&
    (set.status?.replicas ?? 0) === 0 &&
    (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0)
  return byRevision(there)
    .slice(0, Math.max(0, there.length - limit))
    .filter(isEmpty)
}

function newSet(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet {
  const { name, namespace } = deployment.metadata
  const { template, selector, replicas = 1, minReadySeconds } = deployment.spec ?? {}
  const hash = templateHash(template, deployment.status?.collisionCount)
  const { maxSurge } = fenceposts(deployment)
  const total = old.reduce((sum, set) => sum + replicasOf(set), 0)
  const labels = { ...template?.metadata?.labels, [TEMPLATE_HASH]: hash }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { ...changedAnnotations(deployment, undefined, old), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: isRecreate(deployment) ? replicas : Math.max(0, Math.min(replicas, replicas + maxSurge - total)),
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  }
}
