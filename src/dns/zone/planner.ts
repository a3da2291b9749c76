import type { EndpointSlice, Service } from '../../api/index.ts'
import type { NameIndex } from './name-index.ts'
import { isHeadless, planEndpoints, planService, planZone, type RecordOptions } from './records.ts'

/** The Service behind which this server is found; its addresses are the zone's name server's. */
export const OWN_SERVICE = 'kube-system/kube-dns'
/** What the zone itself says is claimed under a name that no Service has. */
const ZONE = 'zone'

export interface PlannerOptions extends RecordOptions {
  readonly index: NameIndex
  /** The name server's addresses as long as it has no Service. */
  readonly addresses: readonly string[]
}

/** A Service as it is now. Undefined when there is none; its slices may outlive it for a moment. */
interface Present {
  readonly service: Service | undefined
  readonly slices: readonly EndpointSlice[]
}

/** What the names of a headless Service's endpoints were planned from. */
interface Planned {
  readonly service: Service
  readonly slices: ReadonlyMap<string, EndpointSlice>
}

/** Puts the records of Services into the index, and remembers of which slices they are, so that only those that differ are planned. */
export class Planner {
  readonly #options: PlannerOptions
  readonly #planned = new Map<string, Planned>()

  constructor(options: PlannerOptions) {
    this.#options = options
  }

  /** Brings the Service `key`, `namespace/name`, up to date. Returns whether an answer changed; throws BadName for what no message can carry. */
  plan(key: string, { service, slices }: Present): boolean {
    const { index, addresses } = this.#options
    const own = service && isHeadless(service) ? slices : []
    const { records, extras } = service ? planService(service, own, this.#options) : { records: [], extras: [] }
    const changes = [index.set(key, records, extras), ...this.#planSlices(key, { service, slices: own })]
    if (key === OWN_SERVICE) changes.push(index.set(ZONE, planZone(serversOf(service) ?? addresses, this.#options)))
    return changes.includes(true)
  }

  /** Objects of a cache are never changed in place: the same object says the same. */
  #planSlices(key: string, { service, slices }: Present): boolean[] {
    const before = this.#planned.get(key)
    const after = new Map(slices.map((slice) => [slice.metadata.name ?? '', slice]))
    const changes = [...new Set([...after.keys(), ...(before?.slices.keys() ?? [])])].map((name) => {
      const slice = after.get(name)
      if (service === before?.service && slice === before?.slices.get(name)) return false
      return this.#options.index.set(`${key}/${name}`, service && slice ? planEndpoints(service, slice, this.#options) : [])
    })
    if (service && after.size > 0) this.#planned.set(key, { service, slices: after })
    else this.#planned.delete(key)
    return changes
  }
}

const serversOf = (service: Service | undefined): readonly string[] | undefined =>
  service?.spec?.clusterIPs?.filter((address) => address !== 'None')
