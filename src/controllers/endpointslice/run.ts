import { type EndpointSlice, endpointSlices, keyOf, nodes } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followServicePods } from '../services-of-pod.ts'
import { hasSelector } from '../service-pods.ts'
import { writeSlices } from '../slice-writes.ts'
import { CONTROLLER, MANAGED_BY, plan, SERVICE_NAME } from './plan.ts'

/** Services that are worked on at once; a Service is one key. */
const WORKERS = 16

/** Keeps the EndpointSlices of every Service with a selector equal to its Pods. Slices of others are left alone. */
export async function runEndpointSlices({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const slices = caches.of(endpointSlices)
  const nodeCache = caches.of(nodes)
  slices.addIndex('service', (slice) => serviceKeys(slice))

  const process = async (key: string): Promise<void> => {
    const service = cluster.services.get(key)
    if (!service || !hasSelector(service) || service.metadata.deletionTimestamp) return
    const existing = slices.byIndex('service', key).filter((slice) => !slice.metadata.deletionTimestamp)
    const wanted = plan({ service, pods: cluster.podsOf(service), nodeOf: (name) => nodeCache.get(name), existing })
    await writeSlices({ client, cache: slices, signal }, wanted)
  }
  let queue: ReturnType<typeof createQueue> | undefined
  const cluster = followServicePods(caches, (key) => queue?.add(key))
  await Promise.all([cluster.services, cluster.pods, slices, nodeCache].map((cache) => cache.whenSynced()))
  queue = createQueue({ process, workers: WORKERS, clock, log: log.child({ controller: 'endpointslice' }) }, signal)
  for (const service of cluster.services.list()) queue.add(keyOf(service))
  slices.onChange((after, before) => {
    for (const slice of [after, before]) for (const key of slice ? serviceKeys(slice) : []) queue.add(key)
  })
  const zoneOf = (node: { metadata: { labels?: Readonly<Record<string, string>> } } | undefined) =>
    node?.metadata.labels?.['topology.kubernetes.io/zone']
  nodeCache.onChange((after, before) => {
    if (zoneOf(after) !== zoneOf(before)) for (const service of cluster.services.list()) queue.add(keyOf(service))
  })
}

/** The Service a slice of this controller belongs to. */
const serviceKeys = ({ metadata }: EndpointSlice): string[] =>
  metadata.labels?.[MANAGED_BY] === CONTROLLER ? [`${metadata.namespace}/${metadata.labels[SERVICE_NAME]}`] : []
