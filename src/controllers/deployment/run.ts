import { controllerOf, deployments, isPodOver, keyOf, pods, type ReplicaSet, replicaSets } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followOwned } from '../owned-pods.ts'
import { DeploymentManager } from './manager.ts'

const WORKERS = 8

/** Keeps ReplicaSets for every Deployment: one of the current template, and its predecessors for `rollout undo`. */
export async function runDeployments(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'deployment' })
  const manager = new DeploymentManager({ ...context, log }, signal)
  const cache = caches.of(deployments)
  const sets = caches.of(replicaSets)
  const podCache = caches.of(pods)
  await Promise.all([cache, sets, podCache].map((each) => each.whenSynced()))

  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  const addOwnerOf = (set: ReplicaSet | undefined): void => {
    const reference = set && controllerOf(set)
    if (reference?.kind === 'Deployment') queue.add(`${set?.metadata.namespace}/${reference.name}`)
  }
  cache.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  followOwned({
    objects: sets,
    owners: cache,
    wouldAdopt: (owner, set) => manager.wouldAdopt(owner, set),
    changed: (key) => queue.add(key),
  })
  // Only Recreate looks at Pods: it waits for the last old one to go.
  podCache.onChange((after, before) => {
    if (before && (!after || (isPodOver(after) && !isPodOver(before))))
      addOwnerOf(sets.get(`${before.metadata.namespace}/${controllerOf(before)?.name}`))
  })
}
