import { type EndpointSlice, endpointSlices, keyOf, type Node, nodes, semanticEqual } from '../../api/index.ts'
import { createQueue, createRecorder } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followServicePods } from '../services-of-pod.ts'
import { hasSelector } from '../service-pods.ts'
import { writeSlices } from '../slice-writes.ts'
import { HintNews } from './hint-news.ts'
import { CONTROLLER, MANAGED_BY, plan, SERVICE_NAME } from './plan.ts'
import { wantsZoneHints, zoneShares } from './zone-hints.ts'

/** Services that are worked on at once; a Service is one key. */
const WORKERS = 16

/** Keeps the EndpointSlices of every Service with a selector equal to its Pods. Slices of others are left alone. */
export async function runEndpointSlices({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const slices = caches.of(endpointSlices)
  const nodeCache = caches.of(nodes)
  const slicesOf = slices.indexBy(serviceKeys)
  const recorder = createRecorder({ client, component: 'endpoint-slice-controller', clock, log })
  const news = new HintNews()

  const process = async (key: string): Promise<void> => {
    const service = cluster.services.get(key)
    if (!service || !hasSelector(service) || service.metadata.deletionTimestamp) return news.forget(key)
    const existing = slicesOf(key).filter((slice) => !slice.metadata.deletionTimestamp)
    const zones = wantsZoneHints(service) ? { zones: zoneShares(nodeCache.list()) } : {}
    const pods = cluster.podsOf(service)
    const { undivided, ...wanted } = plan({ service, pods, nodeOf: (name) => nodeCache.get(name), existing, ...zones })
    await writeSlices({ client, cache: slices, signal }, wanted)
    for (const { type, reason, message } of news.tell(key, undivided)) recorder.event(service, type, reason, message)
  }
  let queue: ReturnType<typeof createQueue> | undefined
  const cluster = followServicePods(caches, (key) => queue?.add(key))
  await Promise.all([cluster.services, cluster.pods, slices, nodeCache].map((cache) => cache.whenSynced()))
  queue = createQueue({ process, workers: WORKERS, clock, log: log.child({ controller: 'endpointslice' }) }, signal)
  for (const service of cluster.services.list()) queue.add(keyOf(service))
  slices.onChange((after, before) => {
    for (const slice of [after, before]) for (const key of slice ? serviceKeys(slice) : []) queue.add(key)
  })
  nodeCache.onChange((after, before) => {
    const [now, then] = [placeOf(after), placeOf(before)]
    if (semanticEqual(now, then)) return
    for (const service of cluster.services.list())
      if (now.zone !== then.zone || now.isThere !== then.isThere || wantsZoneHints(service)) queue.add(keyOf(service))
  })
}

/** What of a node its endpoints depend on. */
const placeOf = (node: Node | undefined) => ({
  isThere: node !== undefined,
  zone: node?.metadata.labels?.['topology.kubernetes.io/zone'],
  ready: node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  cpu: node?.status?.allocatable?.['cpu'],
})

/** The Service a slice of this controller belongs to. */
const serviceKeys = ({ metadata }: EndpointSlice): string[] =>
  metadata.labels?.[MANAGED_BY] === CONTROLLER ? [`${metadata.namespace}/${metadata.labels[SERVICE_NAME]}`] : []
