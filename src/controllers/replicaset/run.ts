import { keyOf, type KubeObject, pods } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followOwned } from '../owned-pods.ts'
import type { ReplicaKind } from './kinds.ts'
import { ReplicaManager } from './manager.ts'

const WORKERS = 8

/** Keeps as many Pods as each object of `kind` wants. */
export async function runReplicas<T extends KubeObject>(
  kind: ReplicaKind<T>,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: kind.component })
  const manager = new ReplicaManager(kind, { ...context, log }, signal)
  const owners = caches.of(kind.resource)
  const podCache = caches.of(pods)
  await Promise.all([owners.whenSynced(), podCache.whenSynced()])

  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  owners.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  followOwned({
    objects: podCache,
    owners: owners,
    wouldAdopt: (owner, pod) => manager.wouldAdopt(owner, pod),
    changed: (key) => queue.add(key),
  })
}
