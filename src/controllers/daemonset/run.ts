import { controllerOf, controllerRevisions, daemonSets, keyOf, type Node, nodes, pods, semanticEqual } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followOwned } from '../owned-pods.ts'
import { DaemonSetManager } from './manager.ts'

const WORKERS = 8

/** Keeps a Pod of every DaemonSet on every node that may have one. */
export async function runDaemonSets(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'daemonset' })
  const manager = new DaemonSetManager({ ...context, log }, signal)
  const sets = caches.of(daemonSets)
  const nodeCache = caches.of(nodes)
  const podCache = caches.of(pods)
  const revisions = caches.of(controllerRevisions)
  await Promise.all([sets, nodeCache, podCache, revisions].map((cache) => cache.whenSynced()))

  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  sets.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  nodeCache.onChange((after, before) => {
    if (!isAsEligible(after, before)) for (const set of sets.list()) queue.add(keyOf(set))
  })
  // One that is lost or changed is put right at once; a further one when there is something to do, as upstream.
  revisions.onChange((_, before) => {
    const owner = before && controllerOf(before)
    if (owner?.kind === 'DaemonSet') queue.add(`${before?.metadata.namespace}/${owner.name}`)
  })
  followOwned({
    objects: podCache,
    owners: sets,
    wouldAdopt: (owner, pod) => manager.wouldAdopt(owner, pod),
    changed: (key) => queue.add(key),
  })
}

/** Nodes change all the time: what decides about daemons seldom does. */
const isAsEligible = (a: Node | undefined, b: Node | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  semanticEqual(a.metadata.labels, b.metadata.labels) &&
  semanticEqual(a.spec?.taints, b.spec?.taints)
