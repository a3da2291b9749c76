import { type Endpoints, endpoints, keyOf, semanticEqual } from '../../api/index.ts'
import { createQueue, whenSeen, whenSeenDeleted } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { hasSelector } from '../service-pods.ts'
import { followServicePods } from '../services-of-pod.ts'
import { desiredEndpoints, MANAGED_BY, OVER_CAPACITY } from './plan.ts'

const WORKERS = 8

/** Keeps the Endpoints object of every Service with a selector; it goes with its Service. */
export async function runEndpoints({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const cache = caches.of(endpoints)
  const process = async (key: string): Promise<void> => {
    const service = cluster.services.get(key)
    const known = cache.get(key)
    if (!service) return known && isOurs(known) ? remove(known) : undefined
    if (!hasSelector(service) || service.metadata.deletionTimestamp) return
    const wanted = desiredEndpoints(service, cluster.podsOf(service))
    if (known && same(known, wanted)) return
    const written = known ? client.update(endpoints, updated(known, wanted), signal) : client.create(endpoints, wanted, signal)
    await written.then((after) => whenSeen(cache, after)).catch(ignoreOutdated)
  }
  const remove = async (known: Endpoints): Promise<void> => {
    const { namespace, name = '', uid } = known.metadata
    await client.delete(endpoints, { namespace, name }, { preconditions: { uid } }, signal).catch(ignoreOutdated)
    await whenSeenDeleted(cache, known)
  }

  let queue: ReturnType<typeof createQueue> | undefined
  const cluster = followServicePods(caches, (key) => queue?.add(key))
  await Promise.all([cluster.services, cluster.pods, cache].map((each) => each.whenSynced()))
  queue = createQueue({ process, workers: WORKERS, clock, log: log.child({ controller: 'endpoints' }) }, signal)
  for (const service of cluster.services.list()) queue.add(keyOf(service))
  cache.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
}

/** What others have annotated stays; what is no longer too much is not said any more. */
function updated(known: Endpoints, wanted: Endpoints): Endpoints {
  const { [OVER_CAPACITY]: _, ...others } = known.metadata.annotations ?? {}
  const annotations = { ...others, ...wanted.metadata.annotations }
  return { ...known, ...wanted, metadata: { ...known.metadata, ...wanted.metadata, annotations } }
}

const isOurs = (known: Endpoints): boolean => MANAGED_BY in (known.metadata.labels ?? {})

const same = (known: Endpoints, wanted: Endpoints): boolean =>
  semanticEqual(known.subsets, wanted.subsets) && semanticEqual(known.metadata.labels, wanted.metadata.labels)
