import type { KubeObject, OwnerReference, Resource } from '../../api/index.ts'
import { createQueue, discover, isConflict, isNotFound } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { isResourceOf, type Item, judge, ownersOf, OwnershipGraph, type Verdict } from './graph.ts'

const WORKERS = 16
const REMEMBERED = 10_000
/** They own nothing, nobody owns them, and there are many: not followed, as upstream. */
const IGNORED = new Set(['events', 'leases', 'ipaddresses'])

/** Deletes what belongs to owners that are gone, and carries out foreground and orphan deletion. */
export async function runGarbageCollector({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const resources = (await discover(client, signal)).filter(
    ({ plural, verbs }) => !IGNORED.has(plural) && ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb)),
  )
  const graph = new OwnershipGraph()
  /** Uids of what is gone, which can't come back; only so many are remembered. */
  const absent = new Set<string>()
  const forget = (uid: string): void => {
    absent.add(uid)
    if (absent.size > REMEMBERED) absent.delete(absent.values().next().value!)
  }

  const isThere = async (owner: OwnerReference, namespace: string | undefined): Promise<boolean> => {
    if (graph.get(owner.uid)) return true
    if (absent.has(owner.uid)) return false
    const resource = resources.find((candidate) => isResourceOf(candidate, owner))
    if (!resource) return true // a kind nobody knows here: not for us to judge
    const name = { ...(resource.namespaced ? { namespace } : {}), name: owner.name }
    const found = await client.get(resource, name, signal).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
    if (found?.metadata.uid === owner.uid) return true
    forget(owner.uid)
    return false
  }
  const process = async (uid: string): Promise<void> => {
    const item = graph.get(uid)
    if (!item) return
    const owners = ownersOf(item.object)
    const there = await Promise.all(owners.map((owner) => isThere(owner, item.object.metadata.namespace)))
    const exists = (owner: OwnerReference): boolean => there[owners.indexOf(owner)] ?? false
    await carryOut(item, judge(item, graph, exists)).catch((error: unknown) => {
      // Somebody else changed or deleted it: the event says so and asks for another look.
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
  }
  const carryOut = async (item: Item, verdict: Verdict): Promise<void> => {
    const { resource, object } = item
    const { uid, resourceVersion } = object.metadata
    if (verdict.action === 'delete') {
      await client.delete(resource, nameOf(object), { propagationPolicy: verdict.propagation, preconditions: { uid } }, signal)
    } else if (verdict.action === 'release') {
      await setOwners(item, (owner) => !verdict.gone.has(owner.uid))
    } else if (verdict.action === 'orphan') {
      await Promise.all(
        verdict.dependents.map((dependent) => setOwners(dependent, (owner) => owner.uid !== uid).catch(ignoreMissing)),
      )
      queue.addAfter(uid ?? '', 50)
    } else if (verdict.action === 'unblock') {
      const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== verdict.finalizer)
      await client.patch(resource, nameOf(object), { type: 'merge', body: { metadata: { resourceVersion, finalizers } } }, signal)
    }
  }
  const setOwners = async ({ resource, object }: Item, keep: (owner: OwnerReference) => boolean): Promise<void> => {
    const { uid, resourceVersion } = object.metadata
    const ownerReferences = ownersOf(object).filter(keep)
    await client.patch(
      resource,
      nameOf(object),
      { type: 'merge', body: { metadata: { uid, resourceVersion, ownerReferences } } },
      signal,
    )
  }

  const queue = createQueue({ process, workers: WORKERS, clock, log: log.child({ controller: 'garbage-collector' }) }, signal)
  const follow = ({
    resource,
    after,
    before,
  }: {
    resource: Resource
    after: KubeObject | undefined
    before: KubeObject | undefined
  }): void => {
    const uid = (after ?? before)?.metadata.uid ?? ''
    if (after && before && after.metadata.uid !== before.metadata.uid) follow({ resource, after: undefined, before })
    graph.set(uid, after && { resource, object: after })
    if (!after) forget(uid)
    if (after && (ownersOf(after).length > 0 || after.metadata.deletionTimestamp)) queue.add(uid)
    // What waits for its dependents looks again when one of them goes; what belongs to a going owner goes too.
    if (!after) for (const owner of ownersOf(before)) queue.add(owner.uid)
    if (!after || after.metadata.deletionTimestamp)
      for (const dependent of graph.dependentsOf(uid)) queue.add(dependent.object.metadata.uid ?? '')
  }
  for (const resource of resources) {
    const cache = caches.of<KubeObject>(resource as Resource, { metadataOnly: true })
    cache.onChange((after, before) => follow({ resource, after, before }))
  }
}

const nameOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

function ignoreMissing(error: unknown): void {
  if (!isNotFound(error)) throw error
}
