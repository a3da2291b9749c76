import { controllerRevisions, daemonSets, keyOf, type Node, nodes, pods, semanticEqual } from '../../api/index.ts'
import type { ControllerContext } from '../context.ts'
import { controllerKey, runManager } from '../run-manager.ts'
import { DaemonSetManager } from './manager.ts'

/** Keeps a Pod of every DaemonSet on every node that may have one. */
export async function runDaemonSets(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'daemonset' })
  const manager = new DaemonSetManager({ ...context, log }, signal)
  const [owners, objects] = [caches.of(daemonSets), caches.of(pods)]
  const [nodeCache, revisions] = [caches.of(nodes), caches.of(controllerRevisions)]
  const queue = await runManager({ manager, owners, objects, others: [nodeCache, revisions], clock, log }, signal)
  nodeCache.onChange((after, before) => {
    if (!isAsEligible(after, before)) for (const set of owners.list()) queue.add(keyOf(set))
  })
  // One that is lost or changed is put right at once; a further one when there is something to do, as upstream.
  revisions.onChange((_, before) => {
    const key = before && controllerKey(before, 'DaemonSet')
    if (key !== undefined) queue.add(key)
  })
}

/** Nodes change all the time: what decides about daemons seldom does. */
const isAsEligible = (a: Node | undefined, b: Node | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  semanticEqual(a.metadata.labels, b.metadata.labels) &&
  semanticEqual(a.spec?.taints, b.spec?.taints)
