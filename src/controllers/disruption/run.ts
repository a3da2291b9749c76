import {
  controllerOf,
  deployments,
  isSelectorError,
  keyOf,
  labelSelectorPredicate,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  semanticEqual,
  statefulSets,
} from '../../api/index.ts'
import type { KubeObject, Pod, PodDisruptionBudget } from '../../api/index.ts'
import { createQueue, whenSeen } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { budgetStatus } from './plan.ts'

/** An eviction that nobody saw through in this time didn't happen; milliseconds, as upstream's `DeletionTimeout`. */
const DELETION_TIMEOUT = 2 * 60_000

interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number }
}

/** Keeps the status of every PodDisruptionBudget, by which the API server grants evictions. */
export async function runDisruptionBudgets(
  { client, caches, clock, log }: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const budgets = caches.of(podDisruptionBudgets)
  const podCache = caches.of(pods)
  const owners = [caches.of(replicaSets), caches.of(deployments), caches.of(replicationControllers), caches.of(statefulSets)]
  budgets.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])
  podCache.addIndex('namespace', ({ metadata }) => [metadata.namespace ?? ''])
  await Promise.all([budgets, podCache, ...owners].map((cache) => cache.whenSynced()))

  /** Who wants so many: the Deployment of a ReplicaSet, for the ReplicaSets of a rollout come and go. */
  const scaleOf = (object: KubeObject): Scaled | undefined => {
    const owner = controllerOf(object)
    const cache = owners.find(({ resource }) => resource.kind === owner?.kind)
    const found = owner && cache?.get(`${object.metadata.namespace}/${owner.name}`)
    return found && (scaleOf(found) ?? found)
  }
  const wantedBy = (selected: readonly Pod[]): number | undefined => {
    const scaled = selected.map(scaleOf)
    if (scaled.includes(undefined)) return undefined
    return [...new Set(scaled)].reduce((sum, each) => sum + (each?.spec?.replicas ?? 1), 0)
  }
  const process = async (key: string): Promise<void> => {
    const budget = budgets.get(key)
    if (!budget || budget.metadata.deletionTimestamp) return
    const matches = predicate(budget)
    const selected = podCache
      .byIndex('namespace', budget.metadata.namespace ?? '')
      .filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed' && matches(pod.metadata.labels))
    const [now, forgottenBefore] = [rfc3339(clock.now()), rfc3339(clock.now() - DELETION_TIMEOUT)]
    const status = budgetStatus(budget, { pods: selected, wanted: wantedBy(selected), now, forgottenBefore })
    if (status.disruptedPods) queue.addAfter(key, DELETION_TIMEOUT)
    if (semanticEqual(status, budget.status)) return
    const written = client.updateStatus(podDisruptionBudgets, { ...budget, status }, signal)
    await written.then((after) => whenSeen(budgets, after)).catch(ignoreOutdated)
  }

  const queue = createQueue({ process, workers: 2, clock, log: log.child({ controller: 'disruption' }) }, signal)
  const around = ({ metadata }: KubeObject): void => {
    for (const budget of budgets.byIndex('namespace', metadata.namespace ?? '')) queue.add(keyOf(budget))
  }
  budgets.onChange((after) => after && queue.add(keyOf(after)))
  podCache.onChange((after, before) => around((after ?? before) as KubeObject))
  for (const cache of owners) cache.onChange((after, before) => around((after ?? before) as KubeObject))
}

const rfc3339 = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

function predicate({ spec }: PodDisruptionBudget): ReturnType<typeof labelSelectorPredicate> {
  try {
    return labelSelectorPredicate(spec?.selector)
  } catch (error) {
    if (!isSelectorError(error)) throw error
    return () => false
  }
}
