import { controllerOf, deployments, isPodOver, type Pod, pods, replicaSets } from '../../api/index.ts'
import type { ControllerContext } from '../context.ts'
import { controllerKey, runManager } from '../run-manager.ts'
import { DeploymentManager } from './manager.ts'

/** Keeps ReplicaSets for every Deployment: one of the current template, and its predecessors for `rollout undo`. */
export async function runDeployments(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'deployment' })
  const manager = new DeploymentManager({ ...context, log }, signal)
  const [owners, sets, podCache] = [caches.of(deployments), caches.of(replicaSets), caches.of(pods)]
  const queue = await runManager({ manager, owners, objects: sets, others: [podCache], clock, log }, signal)
  // Only Recreate looks at Pods: it waits for the last old one to go.
  podCache.onChange((after, before) => {
    if (!hasGone(after, before)) return
    const set = before && sets.get(`${before.metadata.namespace}/${controllerOf(before)?.name}`)
    const key = set && controllerKey(set, 'Deployment')
    if (key !== undefined) queue.add(key)
  })
}

/** Whether a Pod that ran doesn't any more. */
const hasGone = (after: Pod | undefined, before: Pod | undefined): boolean =>
  before !== undefined && !isPodOver(before) && (after === undefined || isPodOver(after))
