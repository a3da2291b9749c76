import { endpoints, type EndpointSlice, endpointSlices, keyOf, services } from '../../api/index.ts'
import { createQueue, createRecorder } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { writeSlices } from '../slice-writes.ts'
import { CAPACITY, CONTROLLER, isMirrored, MANAGED_BY, plan, SERVICE_NAME, skipped } from './plan.ts'

const WORKERS = 8

/** Keeps EndpointSlices equal to the Endpoints of Services without a selector. Slices of others are left alone. */
export async function runEndpointSliceMirroring(
  { client, caches, clock, log }: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const serviceCache = caches.of(services)
  const endpointsCache = caches.of(endpoints)
  const slices = caches.of(endpointSlices)
  const recorder = createRecorder({ client, component: 'endpoint-slice-mirroring-controller', clock, log })
  const slicesOf = slices.indexBy(mirroredKeys)
  await Promise.all([serviceCache, endpointsCache, slices].map((cache) => cache.whenSynced()))

  const process = async (key: string): Promise<void> => {
    const existing = slicesOf(key).filter((slice) => !slice.metadata.deletionTimestamp)
    const [service, original] = [serviceCache.get(key), endpointsCache.get(key)]
    const wanted = plan({ service, endpoints: original, existing })
    const tooMany = service && original && isMirrored(service, original) ? skipped(original) : 0
    if (original && tooMany > 0) recorder.event(original, 'Warning', 'TooManyAddressesToMirror', tooManyText(tooMany))
    await writeSlices({ client, cache: slices, signal }, wanted)
  }

  const queue = createQueue(
    { process, workers: WORKERS, clock, log: log.child({ controller: 'endpointslice-mirroring' }) },
    signal,
  )
  serviceCache.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  endpointsCache.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  slices.onChange((after, before) => {
    for (const slice of [after, before]) for (const key of slice ? mirroredKeys(slice) : []) queue.add(key)
  })
}

const tooManyText = (count: number): string =>
  `A max of ${CAPACITY} addresses can be mirrored to EndpointSlices per Endpoints subset. ${count} addresses were skipped`

/** The Endpoints that a slice of this controller mirrors. */
const mirroredKeys = ({ metadata }: EndpointSlice): string[] =>
  metadata.labels?.[MANAGED_BY] === CONTROLLER ? [`${metadata.namespace}/${metadata.labels[SERVICE_NAME]}`] : []
