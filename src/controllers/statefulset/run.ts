import { controllerRevisions, keyOf, persistentVolumeClaims, pods, statefulSets } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followOwned } from '../owned-pods.ts'
import { StatefulSetManager } from './manager.ts'

const WORKERS = 8

/** Keeps the Pods of every StatefulSet, by name and in order. */
export async function runStatefulSets(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'statefulset' })
  const manager = new StatefulSetManager({ ...context, log }, signal)
  const sets = caches.of(statefulSets)
  const podCache = caches.of(pods)
  await Promise.all(
    [sets, podCache, caches.of(controllerRevisions), caches.of(persistentVolumeClaims)].map((cache) => cache.whenSynced()),
  )

  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  sets.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  followOwned({
    objects: podCache,
    owners: sets,
    wouldAdopt: (owner, pod) => manager.wouldAdopt(owner, pod),
    changed: (key) => queue.add(key),
  })
}
