import { endpointSlices, nodes, semanticEqual, services } from '../../api/index.ts'
import { isAlreadyExists, isNotFound, whenSeen } from '../../client/index.ts'
import { createRunner } from '../../lib/index.ts'
import type { ClusterFacts, ControllerContext } from '../context.ts'
import { dnsService, dnsSlice, NAME, NAMESPACE } from './plan.ts'

/** Keeps the Service `kube-dns` and its endpoints, which are the nodes. */
export async function runClusterDns(
  { client, caches, clock, log }: ControllerContext,
  { dnsIP }: ClusterFacts,
  signal: AbortSignal,
): Promise<void> {
  const nodeCache = caches.of(nodes)
  const serviceCache = caches.of(services)
  const slices = caches.of(endpointSlices)
  await Promise.all([nodeCache, serviceCache, slices].map((cache) => cache.whenSynced()))

  const run = async (): Promise<void> => {
    if (!serviceCache.get(`${NAMESPACE}/${NAME}`)) await client.create(services, dnsService(dnsIP), signal).catch(ignoreThere)
    const wanted = dnsSlice(nodeCache.list())
    const known = slices.get(`${NAMESPACE}/${wanted.metadata.name}`)
    if (!known) return client.create(endpointSlices, wanted, signal).then((made) => whenSeen(slices, made), ignoreThere)
    if (semanticEqual(known.endpoints, wanted.endpoints)) return
    const target = { namespace: NAMESPACE, name: wanted.metadata.name ?? '' }
    await whenSeen(
      slices,
      await client.patch(endpointSlices, target, { type: 'merge', body: { endpoints: wanted.endpoints } }, signal),
    )
  }
  const runner = createRunner({ run, clock, log: log.child({ controller: 'cluster-dns' }) }, signal)
  nodeCache.onChange(() => runner.request())
  serviceCache.onChange((after, before) => !after && before?.metadata.name === NAME && runner.request())
  slices.onChange((after, before) => (after ?? before)?.metadata.namespace === NAMESPACE && runner.request())
}

function ignoreThere(error: unknown): void {
  if (!isAlreadyExists(error) && !isNotFound(error)) throw error
}
