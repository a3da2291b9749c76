import { type EndpointSlice, endpointSlices, keyOf, type Service, services } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'
import { type Logger, messageOf } from '../../lib/index.ts'
import type { NameIndex } from './name-index.ts'
import { isHeadless, planEndpoints, planService, planZone, type RecordOptions } from './records.ts'

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
/** The Service behind which this server is found; its addresses are the zone's name server's. */
const OWN_SERVICE = 'kube-system/kube-dns'
/** What the zone itself says is claimed under a name that no Service has. */
const ZONE = 'zone'

export interface WatchOptions extends RecordOptions {
  readonly caches: Caches
  readonly index: NameIndex
  /** The name server's addresses as long as it has no Service. */
  readonly addresses: readonly string[]
  readonly log: Logger
  /** Told that there is something to do; {@link Follower.refresh} does it. */
  readonly onDirty: () => void
}

/** What the names of a headless Service's endpoints were planned from. */
interface PlannedService {
  readonly service: Service | undefined
  readonly slices: ReadonlyMap<string, EndpointSlice>
}

export interface Follower {
  /** Brings the index up to date with everything that was watched so far; returns whether an answer changed. */
  readonly refresh: () => boolean
}

/**
 * Keeps the index as the caches are. A change only notes whose records are to be looked at again: a Service of a thousand
 * endpoints that all come at once is planned once. Resolves when everything there was at the beginning is in the index.
 */
export async function follow(options: WatchOptions): Promise<Follower> {
  const { caches, index, addresses, log, onDirty } = options
  const serviceCache = caches.of(services)
  const sliceCache = caches.of(endpointSlices)
  sliceCache.addIndex('service', serviceKeysOf)
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced()])

  const dirty = new Set<string>()
  const look = (keys: readonly string[]): void => {
    if (dirty.size === 0 && keys.length > 0) onDirty()
    for (const key of keys) dirty.add(key)
  }
  const planned = new Map<string, PlannedService>()
  const plan = (key: string): boolean => {
    const service = serviceCache.get(key)
    const slices = service && isHeadless(service) ? sliceCache.byIndex('service', key) : []
    const { records, extras } = service ? planService(service, slices, options) : { records: [], extras: [] }
    const before = planned.get(key)
    const after = { service, slices: new Map(slices.map((slice) => [slice.metadata.name ?? '', slice])) }
    const changes = [index.set(key, records, extras), ...endpointChanges(key, before, after)]
    if (slices.length > 0) planned.set(key, after)
    else planned.delete(key)
    if (key === OWN_SERVICE) changes.push(index.set(ZONE, planZone(serversOf(service) ?? addresses, options)))
    return changes.includes(true)
  }
  /** Plans the slices that differ; the objects of a cache are never changed in place. */
  const endpointChanges = (key: string, before: PlannedService | undefined, { service, slices }: PlannedService): boolean[] => {
    const names = new Set([...slices.keys(), ...(before?.slices.keys() ?? [])])
    return [...names].map((name) => {
      const slice = slices.get(name)
      if (service === before?.service && slice === before?.slices.get(name)) return false
      return index.set(`${key}/${name}`, service && slice ? planEndpoints(service, slice, options) : [])
    })
  }
  const planSafely = (key: string): boolean => {
    try {
      return plan(key)
    } catch (error) {
      log.error({ service: key, error: messageOf(error) }, 'no message can carry these records; the Service keeps those it had')
      return false
    }
  }
  const refresh = (): boolean => {
    if (dirty.size === 0) return false
    const keys = [...dirty]
    dirty.clear()
    return keys.map(planSafely).includes(true)
  }
  serviceCache.onChange((after, before) => look([keyOf((after ?? before) as Service)]))
  sliceCache.onChange((after, before) => look([...(after ? serviceKeysOf(after) : []), ...(before ? serviceKeysOf(before) : [])]))
  look([OWN_SERVICE])
  refresh()
  return { refresh }
}

const serversOf = (service: Service | undefined): readonly string[] | undefined =>
  service?.spec?.clusterIPs?.filter((address) => address !== 'None')

function serviceKeysOf(slice: EndpointSlice): string[] {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL]
  return name ? [`${slice.metadata.namespace}/${name}`] : []
}
