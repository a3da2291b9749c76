import type { Deployment, ReplicaSet } from '../../api/index.ts'

/** What a ReplicaSet should be scaled to. */
export interface Scaling {
  readonly replicaSet: ReplicaSet
  readonly replicas: number
}

export const replicasOf = (set: ReplicaSet): number => set.spec?.replicas ?? 1
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0
const sum = (sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number =>
  sets.reduce((total, set) => total + of(set), 0)

/** How many Pods more and how many fewer than wanted there may be while rolling. Source: deploymentutil.ResolveFenceposts. */
export function fenceposts(deployment: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const wanted = deployment.spec?.replicas ?? 1
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec?.strategy?.rollingUpdate ?? {}
  const surge = resolve(maxSurge, wanted, Math.ceil)
  const unavailable = resolve(maxUnavailable, wanted, Math.floor)
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

const resolve = (value: number | string, whole: number, round: (n: number) => number): number =>
  typeof value === 'number' ? value : round((Number.parseInt(value, 10) * whole) / 100)

/**
 * The next step of a rolling update: the new ReplicaSet grows as far as maxSurge lets it, the old ones shrink as far as
 * maxUnavailable lets them, Pods that are not available anyway first. Empty when nothing may move until something changes.
 */
export function rollingStep(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): readonly Scaling[] {
  const wanted = deployment.spec?.replicas ?? 1
  const { maxSurge, maxUnavailable } = fenceposts(deployment)
  const total = sum([fresh, ...old], replicasOf)
  const have = replicasOf(fresh)
  if (have > wanted) return [{ replicaSet: fresh, replicas: wanted }]
  const grown = Math.min(wanted, have + Math.max(0, wanted + maxSurge - total))
  if (grown > have) return [{ replicaSet: fresh, replicas: grown }, ...shrink(deployment, fresh, old, maxUnavailable)]
  return shrink(deployment, fresh, old, maxUnavailable)
}

function shrink(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[], maxUnavailable: number): Scaling[] {
  const minAvailable = (deployment.spec?.replicas ?? 1) - maxUnavailable
  const total = sum([fresh, ...old], replicasOf)
  const freshUnavailable = replicasOf(fresh) - availableOf(fresh)
  let maySink = total - minAvailable - freshUnavailable
  const target = new Map(old.map((set) => [set, replicasOf(set)]))
  // Pods that don't serve are taken away first: that costs nobody anything.
  for (const set of byAge(old)) {
    const useless = Math.max(0, Math.min(maySink, replicasOf(set) - availableOf(set)))
    target.set(set, replicasOf(set) - useless)
    maySink -= useless
  }
  let mayLose = sum([fresh, ...old], availableOf) - minAvailable
  for (const set of byAge(old)) {
    const fewer = Math.max(0, Math.min(mayLose, target.get(set)!))
    target.set(set, target.get(set)! - fewer)
    mayLose -= fewer
  }
  return [...target]
    .filter(([set, replicas]) => replicas !== replicasOf(set))
    .map(([replicaSet, replicas]) => ({ replicaSet, replicas }))
}

export const byAge = (sets: readonly ReplicaSet[]): ReplicaSet[] =>
  [...sets].sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))

/** Recreate: nothing new before the last old Pod is gone; `oldPods` are those that still run or are on their way out. */
export function recreateStep(
  deployment: Deployment,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
  oldPods: number,
): readonly Scaling[] {
  if (mustEmpty(old, oldPods)) return emptied(old)
  const wanted = deployment.spec?.replicas ?? 1
  return replicasOf(fresh) === wanted ? [] : [{ replicaSet: fresh, replicas: wanted }]
}

/** Whether old ReplicaSets are still to lose Pods, or have lost some that aren't gone. */
export const mustEmpty = (old: readonly ReplicaSet[], oldPods: number): boolean =>
  oldPods > 0 || old.some((set) => replicasOf(set) > 0 || (set.status?.replicas ?? 0) > 0)

/** Empty when it is only left to wait. */
export const emptied = (old: readonly ReplicaSet[]): Scaling[] =>
  old.filter((set) => replicasOf(set) > 0).map((replicaSet) => ({ replicaSet, replicas: 0 }))
