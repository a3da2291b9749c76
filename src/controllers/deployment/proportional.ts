import type { Deployment, ReplicaSet } from '../../api/index.ts'
import { byAge, fenceposts, replicasOf, type Scaling } from './rolling.ts'

/** What a ReplicaSet says of the Deployment that it was last scaled for. */
const DESIRED = 'deployment.kubernetes.io/desired-replicas'
const MAXIMUM = 'deployment.kubernetes.io/max-replicas'

/** How many Pods its Deployment wants, and how many there may be while it rolls: for a ReplicaSet that is made or scaled. */
export function sizeAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const wanted = deployment.spec?.replicas ?? 1
  return { [DESIRED]: String(wanted), [MAXIMUM]: String(wanted + surgeOf(deployment)) }
}

/** Whether somebody has scaled the Deployment since its ReplicaSets were scaled. */
export function isScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const { [DESIRED]: wanted } = sizeAnnotations(deployment)
  return sets.some((set) => replicasOf(set) > 0 && (set.metadata.annotations?.[DESIRED] ?? wanted) !== wanted)
}

/**
 * Follows `kubectl scale`, also while a rollout goes on or is paused: a single ReplicaSet with Pods gets what is wanted; several
 * get more or fewer in proportion to their sizes, so that a rollout that fails takes no larger share. Source:
 * pkg/controller/deployment/sync.go scale, util/deployment_util.go GetReplicaSetProportion.
 */
export function followScale(deployment: Deployment, sets: readonly ReplicaSet[], fresh: ReplicaSet | undefined): Scaling[] {
  const wanted = deployment.spec?.replicas ?? 1
  const active = sets.filter((set) => replicasOf(set) > 0)
  const [only = fresh ?? byAge(sets).at(-1)] = active
  if (active.length <= 1) return only ? changes(deployment, new Map([[only, wanted]])) : []
  const isSaturated =
    fresh && replicasOf(fresh) === wanted && saysWanted(fresh, wanted) && fresh.status?.availableReplicas === wanted
  if (isSaturated) return changes(deployment, new Map(active.map((set) => [set, set === fresh ? wanted : 0])))
  if (deployment.spec?.strategy?.type === 'Recreate')
    return changes(deployment, new Map(active.map((set) => [set, replicasOf(set)])))
  return changes(deployment, inProportion(deployment, active))
}

/** The largest goes first, and has what is left over by rounding. */
function inProportion(deployment: Deployment, active: readonly ReplicaSet[]): ReadonlyMap<ReplicaSet, number> {
  const wanted = deployment.spec?.replicas ?? 1
  const allowed = wanted > 0 ? wanted + surgeOf(deployment) : 0
  const toAdd = allowed - active.reduce((sum, set) => sum + replicasOf(set), 0)
  // Among equals the newer grows first, and the older shrinks first.
  const aged = toAdd > 0 ? byAge(active).toReversed() : byAge(active)
  const sorted = aged.sort((a, b) => replicasOf(b) - replicasOf(a))
  const sizes = new Map(sorted.map((set) => [set, replicasOf(set)]))
  let left = toAdd
  for (const set of sorted) {
    const fraction = Math.round(wanted === 0 ? -replicasOf(set) : grown(set, allowed) - replicasOf(set))
    const share = toAdd > 0 ? Math.min(Math.max(fraction, 0), left) : Math.max(Math.min(fraction, 0), left)
    sizes.set(set, replicasOf(set) + share)
    left -= share
  }
  const [largest] = sorted
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + left))
  return sizes
}

/** The size that keeps a ReplicaSet's share of all there may be. */
function grown(set: ReplicaSet, allowed: number): number {
  const before = Number(set.metadata.annotations?.[MAXIMUM]) || allowed
  return (replicasOf(set) * allowed) / before
}

const surgeOf = (deployment: Deployment): number =>
  deployment.spec?.strategy?.type === 'Recreate' ? 0 : fenceposts(deployment).maxSurge

/** Sets that are of the right size but say so of another are written too. */
function changes(deployment: Deployment, sizes: ReadonlyMap<ReplicaSet, number>): Scaling[] {
  const annotations = Object.entries(sizeAnnotations(deployment))
  const isWrong = ({ metadata }: ReplicaSet): boolean => annotations.some(([key, value]) => metadata.annotations?.[key] !== value)
  return [...sizes]
    .filter(([set, replicas]) => replicasOf(set) !== replicas || isWrong(set))
    .map(([replicaSet, replicas]) => ({ replicaSet, replicas }))
}

const saysWanted = ({ metadata }: ReplicaSet, wanted: number): boolean => metadata.annotations?.[DESIRED] === String(wanted)
