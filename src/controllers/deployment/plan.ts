import { controllerReference, type Deployment, type ReplicaSet } from '../../api/index.ts'
import { byAge, fenceposts, recreateStep, replicasOf, rollingStep, type Scaling } from './rolling.ts'
import { followScale, isScaled, sizeAnnotations } from './proportional.ts'
import { sameTemplate, TEMPLATE_HASH, templateHash } from './template-hash.ts'

export const REVISION = 'deployment.kubernetes.io/revision'
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export interface PlanOptions {
  readonly deployment: Deployment
  /** Those the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[]
  /** Pods of old ReplicaSets that are still there, for the Recreate strategy. */
  readonly oldPods: number
}

export interface Plan {
  readonly create?: ReplicaSet
  readonly scale: readonly Scaling[]
  /** Beyond revisionHistoryLimit. */
  readonly delete: readonly ReplicaSet[]
  /** What the new ReplicaSet's revision annotation and the Deployment's should say, where they don't. */
  readonly revision?: { readonly replicaSet: ReplicaSet; readonly value: string }
  /** Whether the new ReplicaSet must hear of another minReadySeconds. */
  readonly minReadySeconds?: { readonly replicaSet: ReplicaSet; readonly value: number }
}

/** The next step towards one ReplicaSet of the current template with all the replicas. Called again after every step. */
export function plan({ deployment, replicaSets, oldPods }: PlanOptions): Plan {
  const fresh = freshSet(deployment, replicaSets)
  const old = replicaSets.filter((set) => set !== fresh)
  if (deployment.spec?.paused || isScaled(deployment, replicaSets))
    return { scale: followScale(deployment, replicaSets, fresh), delete: [] }
  if (!fresh) {
    return { create: newSet(deployment, old), scale: [], delete: [] }
  }
  const value = String(Math.max(revisionOf(fresh), maxRevision(old) + 1))
  const revision = revisionOf(fresh) === Number(value) ? undefined : { replicaSet: fresh, value }
  const seconds = deployment.spec?.minReadySeconds ?? 0
  const scale = scaling(deployment, fresh, old, oldPods)
  return {
    scale,
    delete: scale.length === 0 && isComplete(deployment, fresh, old) ? surplus(deployment, old) : [],
    ...(revision ? { revision } : {}),
    ...(seconds === (fresh.spec?.minReadySeconds ?? 0) ? {} : { minReadySeconds: { replicaSet: fresh, value: seconds } }),
  }
}

function scaling(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[], oldPods: number): readonly Scaling[] {
  if (deployment.spec?.strategy?.type === 'Recreate') return recreateStep(deployment, fresh, old, oldPods)
  return rollingStep(deployment, fresh, old)
}

/** The ReplicaSet with the Deployment's template; the oldest, should there be several. */
export const freshSet = (deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined =>
  byAge(sets).find((set) => sameTemplate(set.spec?.template, deployment.spec?.template))

export const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[REVISION] ?? 0) || 0
const maxRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf))

const isComplete = (deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): boolean =>
  (fresh.status?.availableReplicas ?? 0) >= (deployment.spec?.replicas ?? 1) && old.every((set) => replicasOf(set) === 0)

function surplus(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const empty = old.filter((set) => replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && !set.metadata.deletionTimestamp)
  const limit = deployment.spec?.revisionHistoryLimit ?? 10
  return [...empty].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, empty.length - limit))
}

function newSet(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet {
  const { name, namespace, annotations = {} } = deployment.metadata
  const { template, selector, replicas = 1, strategy, minReadySeconds } = deployment.spec ?? {}
  const hash = templateHash(template, deployment.status?.collisionCount)
  const { maxSurge } = fenceposts(deployment)
  const total = old.reduce((sum, set) => sum + replicasOf(set), 0)
  const { [LAST_APPLIED]: _, [REVISION]: __, ...passed } = annotations
  const labels = { ...template?.metadata?.labels, [TEMPLATE_HASH]: hash }
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: {
        ...passed,
        [REVISION]: String(maxRevision(old) + 1),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas:
        strategy?.type === 'Recreate' && total > 0
          ? 0
          : Math.max(0, Math.min(replicas, replicas + (strategy?.type === 'Recreate' ? 0 : maxSurge) - total)),
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [TEMPLATE_HASH]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels } },
    },
  }
}
