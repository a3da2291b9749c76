import { endpointSlices, keyOf, leases, nodes, type Service, serviceKeysOf, services } from '../../api/index.ts'
import { createQueue, isConflict, isNotFound } from '../../client/index.ts'
import { timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { CONDITION, type Held, heldByAll, isAwaited, isProgrammed } from './plan.ts'

const LEASES = 'kube-node-lease'
const WORKERS = 8

/**
 * Writes the condition `Programmed` into the status of each Service when every ready node has said that its kernel holds it.
 * One write for each Service and change of it; a change of its endpoints costs none. The API server takes the condition away in
 * the write that changes the Service, so it is never an old one.
 */
export async function runProgrammed({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const [serviceCache, sliceCache] = [caches.of(services), caches.of(endpointSlices)]
  const [nodeCache, leaseCache] = [caches.of(nodes), caches.of(leases)]
  const slicesOf = sliceCache.indexBy(serviceKeysOf)
  await Promise.all([serviceCache, sliceCache, nodeCache, leaseCache].map((cache) => cache.whenSynced()))

  const awaited = new Set<string>()
  let held: Held | undefined
  const process = async (key: string): Promise<void> => {
    const service = serviceCache.get(key)
    if (!service || !awaited.has(key)) return
    if (!isProgrammed(service, slicesOf(key), held)) return
    await say(service)
  }
  const say = async ({ metadata }: Service): Promise<void> => {
    const name = { namespace: metadata.namespace, name: metadata.name ?? '' }
    const message = 'the kernel of every ready node has its rules'
    const condition = { type: CONDITION, status: 'True', reason: CONDITION, message, lastTransitionTime: timestamp(clock.now()) }
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, status: { conditions: [condition] } }
    await client.patch(services, name, { type: 'strategic', body, subresource: 'status' }, signal).catch((error: unknown) => {
      // Changed or gone in the meantime: the event that says so asks for another look.
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log: log.child({ controller: 'programmed' }) }, signal)
  const lookAtAll = (): void => {
    held = heldByAll(nodeCache.list(), (node) => leaseCache.get(`${LEASES}/${node}`))
    awaited.forEach((key) => queue.add(key))
  }
  serviceCache.onChange((after, before) => {
    const key = keyOf((after ?? before)!)
    if (!after || !isAwaited(after)) awaited.delete(key)
    else if (awaited.add(key)) queue.add(key)
  })
  sliceCache.onChange((after, before) => {
    for (const key of serviceKeysOf((after ?? before)!)) if (awaited.has(key)) queue.add(key)
  })
  leaseCache.onChange((after) => after?.metadata.namespace === LEASES && lookAtAll())
  nodeCache.onChange(lookAtAll)
}
