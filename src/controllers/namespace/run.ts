import { type Namespace, namespaces } from '../../api/index.ts'
import { createQueue, whenSeen } from '../../client/index.ts'
import { timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { deletionConditions, type Progress } from './conditions.ts'
import { empty } from './empty.ts'

const FINALIZER = 'kubernetes'
/** Objects with finalizers or a grace period take their time; milliseconds. */
const LOOK_AGAIN = 100

/** Empties namespaces that are being deleted, and then lets them go. Source: pkg/controller/namespace/deletion. */
export async function runNamespaces({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const cache = caches.of(namespaces)
  await cache.whenSynced()

  const process = async (name: string): Promise<void> => {
    const namespace = cache.get(name)
    if (!namespace?.metadata.deletionTimestamp || !hasFinalizer(namespace)) return
    const progress = await empty(client, name, signal)
    if (progress.remaining.length === 0) return letGo(namespace)
    await tell(namespace, progress)
    queue.addAfter(name, LOOK_AGAIN)
  }
  const letGo = async (namespace: Namespace): Promise<void> => {
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
    const final = { ...namespace, spec: { ...namespace.spec, finalizers } }
    await client.updateSubresource(namespaces, final, 'finalize', signal).catch(ignoreOutdated)
  }
  const tell = async (namespace: Namespace, progress: Progress): Promise<void> => {
    const conditions = deletionConditions(namespace, progress, timestamp(clock.now()))
    const isTold = conditions.every((condition) => namespace.status?.conditions?.includes(condition))
    if (isTold) return
    const written = client.updateStatus(namespaces, { ...namespace, status: { ...namespace.status, conditions } }, signal)
    await written.then((after) => whenSeen(cache, after)).catch(ignoreOutdated)
  }
  const queue = createQueue({ process, workers: 4, clock, log: log.child({ controller: 'namespace' }) }, signal)
  cache.onChange((after) => after?.metadata.deletionTimestamp && queue.add(after.metadata.name ?? ''))
}

const hasFinalizer = (namespace: Namespace): boolean => namespace.spec?.finalizers?.includes(FINALIZER) ?? false
