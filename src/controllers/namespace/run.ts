import { type Namespace, namespaces } from '../../api/index.ts'
import { createQueue, discover, isConflict, isNotFound } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'

const FINALIZER = 'kubernetes'
/** Objects with finalizers or a grace period take their time; milliseconds. */
const LOOK_AGAIN = 100

/** Empties namespaces that are being deleted, and then lets them go. Source: pkg/controller/namespace/deletion. */
export async function runNamespaces({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const cache = caches.of(namespaces)
  await cache.whenSynced()

  /** Deletes everything in the namespace. Answers what is still there. */
  const empty = async (namespace: string): Promise<readonly string[]> => {
    const contents = (await discover(client, signal)).filter(
      (resource) => resource.namespaced && resource.verbs.includes('deletecollection'),
    )
    const left = await Promise.all(
      contents.map(async (resource) => {
        const list = () => client.list(resource, { namespace, metadataOnly: true }, signal)
        if ((await list()).items.length === 0) return []
        await client.deleteCollection(resource, { namespace }, signal)
        return (await list()).items.length > 0 ? [resource.plural] : []
      }),
    )
    return left.flat()
  }
  const process = async (name: string): Promise<void> => {
    const namespace = cache.get(name)
    if (!namespace?.metadata.deletionTimestamp || !hasFinalizer(namespace)) return
    const left = await empty(name)
    if (left.length > 0) {
      log.debug({ namespace: name, left }, 'still emptying the namespace')
      queue.addAfter(name, LOOK_AGAIN)
      return
    }
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
    const final = { ...namespace, spec: { ...namespace.spec, finalizers } }
    await client.updateSubresource(namespaces, final, 'finalize', signal).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
  }
  const queue = createQueue({ process, workers: 4, clock, log: log.child({ controller: 'namespace' }) }, signal)
  cache.onChange((after) => after?.metadata.deletionTimestamp && queue.add(after.metadata.name ?? ''))
}

const hasFinalizer = (namespace: Namespace): boolean => namespace.spec?.finalizers?.includes(FINALIZER) ?? false
