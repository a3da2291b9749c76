import { controllerOf, keyOf, type KubeObject } from '../api/index.ts'
import { type Cache, createQueue, type Queue } from '../client/index.ts'
import type { Clock, Logger } from '../lib/index.ts'

/** Owners that are worked on at once. */
const WORKERS = 8

/** Takes one owner after the other a step further. */
export interface Manager<T extends KubeObject, O extends KubeObject> {
  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  sync(key: string): Promise<number | undefined>
  /** Whether an object that nobody controls is one that `owner` would take. */
  wouldAdopt(owner: T, object: O): boolean
}

export interface ManagerOptions<T extends KubeObject, O extends KubeObject> {
  readonly manager: Manager<T, O>
  readonly owners: Cache<T>
  /** What they own. */
  readonly objects: Cache<O>
  /** What else the manager reads. */
  readonly others?: readonly Pick<Cache<KubeObject>, 'whenSynced'>[]
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Lets a manager look at an owner whenever that, or something it controls, did or would take in, changes. Resolves when the
 * caches have synced, to its queue of keys, for whatever else it must look at owners for.
 */
export async function runManager<T extends KubeObject, O extends KubeObject>(
  { manager, owners, objects, others = [], clock, log }: ManagerOptions<T, O>,
  signal: AbortSignal,
): Promise<Queue> {
  await Promise.all([owners, objects, ...others].map((cache) => cache.whenSynced()))
  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  const addOwnerOf = (object: O | undefined): void => {
    const key = object && controllerKey(object, owners.resource.kind)
    if (key !== undefined) queue.add(key)
  }
  owners.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  objects.onChange((after, before) => {
    addOwnerOf(after)
    addOwnerOf(before)
    if (!after || controllerOf(after)) return
    for (const owner of owners.list())
      if (owner.metadata.namespace === after.metadata.namespace && manager.wouldAdopt(owner, after)) queue.add(keyOf(owner))
  })
  return queue
}

/** The key of the owner of a kind that controls an object; undefined when none does. */
export function controllerKey(object: KubeObject, kind: string): string | undefined {
  const reference = controllerOf(object)
  return reference?.kind === kind ? `${object.metadata.namespace}/${reference.name}` : undefined
}
