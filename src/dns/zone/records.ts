import type { EndpointSlice, Service, ServicePort } from '../../api/index.ts'
import type { DnsRecord } from '../../wire/index.ts'
import { addressType, dashed, reverseName, serviceName } from './names.ts'

/** What the records of a cluster have in common. */
export interface RecordOptions {
  /** `cluster.local`. */
  readonly zone: string
  /** Seconds. */
  readonly ttl: number
}

/** The version of the specification that the names follow (github.com/kubernetes/dns, docs/specification.md). */
const SCHEMA_VERSION = '1.1.0'
/** It changes with the server's version only. Seconds. */
const SCHEMA_TTL = 28_800
/** All SRV records have the same priority; their weights share this between them (CoreDNS, plugin/backend_lookup.go). */
const WEIGHTS = 100

/** One port at one target, which is what an SRV record says. */
interface Target {
  /** '' for a port without a name. */
  readonly portName: string
  /** `tcp`. */
  readonly protocol: string
  readonly port: number
  readonly target: string
}

/** One endpoint of a headless Service: the label of its name, and where it is. */
interface Place {
  readonly label: string
  readonly address: string
  readonly ports: readonly Omit<Target, 'target'>[]
}

/** Records, and the addresses of what they point at, which are told along with them. */
export interface Planned {
  readonly records: readonly DnsRecord[]
  readonly extras: readonly DnsRecord[]
}

/** Of more endpoints the addresses are not told along with SRV records: no message could hold them. */
const MAX_EXTRAS = 100

/**
 * The records under the name of one Service: a pure function of its arguments. The cluster's answers are the union over all
 * Services, with {@link planEndpoints}' and {@link planZone}'s. Empty for a headless Service without endpoints that may
 * be told, whose name then doesn't exist (specification 2.4.1).
 */
export function planService(service: Service, slices: readonly EndpointSlice[], options: RecordOptions): Planned {
  const { type } = service.spec ?? {}
  if (type === 'ExternalName') return { records: aliasRecords(service, options), extras: [] }
  if (isHeadless(service)) return headlessRecords(service, slices, options)
  return { records: clusterIPRecords(service, options), extras: [] }
}

/**
 * The names that the endpoints of one slice have of their own, which they have in headless Services only. One slice says
 * nothing about another's: a change among thousands of endpoints is planned with the hundred that stand beside it.
 */
export function planEndpoints(service: Service, slice: EndpointSlice, { zone, ttl }: RecordOptions): readonly DnsRecord[] {
  if (!isHeadless(service)) return []
  const name = nameOf(service, zone)
  return placesOf([slice], showsUnready(service)).flatMap(({ label, address }) => [
    forward(`${label}.${name}`, address, ttl),
    backward(`${label}.${name}`, address, ttl),
  ])
}

/** Whether a Service is its endpoints, with no address of its own. */
export const isHeadless = ({ spec }: Service): boolean => spec?.type !== 'ExternalName' && spec?.clusterIP === 'None'
const showsUnready = ({ spec }: Service): boolean => spec?.publishNotReadyAddresses === true

/** The records of the zone itself: its version, its name server and that server's addresses. */
export function planZone(servers: readonly string[], { zone, ttl }: RecordOptions): readonly DnsRecord[] {
  const target = `ns.dns.${zone}`
  return [
    { name: `dns-version.${zone}`, ttl: SCHEMA_TTL, type: 'TXT', text: SCHEMA_VERSION },
    { name: zone, ttl, type: 'NS', target },
    ...servers.map((address) => ({ name: target, ttl, type: addressType(address), address })),
  ]
}

/** Fixed addresses of complete names, like the lines of /etc/hosts, and the ways back: to the first name that has the address. */
export function planHosts(hosts: Readonly<Record<string, readonly string[]>>, ttl: number): readonly DnsRecord[] {
  const pairs = Object.entries(hosts).flatMap(([name, addresses]) => addresses.map((address) => ({ name, address })))
  const firsts = Map.groupBy(pairs, ({ address }) => address)
  return [
    ...pairs.map(({ name, address }) => forward(name, address, ttl)),
    ...[...firsts].map(([address, [first]]) => backward(first!.name, address, ttl)),
  ]
}

function aliasRecords(service: Service, { zone, ttl }: RecordOptions): DnsRecord[] {
  const target = service.spec?.externalName?.replace(/\.$/, '') ?? ''
  return isDomainName(target) ? [{ name: nameOf(service, zone), ttl, type: 'CNAME', target }] : []
}

function clusterIPRecords(service: Service, { zone, ttl }: RecordOptions): DnsRecord[] {
  const { clusterIP = '', clusterIPs = [clusterIP], ports = [] } = service.spec ?? {}
  const name = nameOf(service, zone)
  const addresses = clusterIPs.filter((address) => address !== '')
  if (addresses.length === 0) return []
  const targets = ports.map((port): Target => ({ ...portOf(port), target: name }))
  return [
    ...addresses.map((address) => forward(name, address, ttl)),
    ...addresses.map((address) => backward(name, address, ttl)),
    ...serviceRecords(name, targets, ttl),
  ]
}

function headlessRecords(service: Service, slices: readonly EndpointSlice[], { zone, ttl }: RecordOptions): Planned {
  const name = nameOf(service, zone)
  const places = placesOf(slices, showsUnready(service))
  const addresses = new Set(places.map(({ address }) => address))
  const targets = places.flatMap(({ label, ports }) => ports.map((port) => ({ ...port, target: `${label}.${name}` })))
  return {
    records: [...[...addresses].map((address) => forward(name, address, ttl)), ...serviceRecords(name, targets, ttl)],
    extras: places.length > MAX_EXTRAS ? [] : places.map(({ label, address }) => forward(`${label}.${name}`, address, ttl)),
  }
}

const forward = (name: string, address: string, ttl: number): DnsRecord => ({ name, ttl, type: addressType(address), address })
const backward = (target: string, address: string, ttl: number): DnsRecord => ({
  name: reverseName(address),
  ttl,
  type: 'PTR',
  target,
})

/**
 * SRV records: of each named port, and of all ports together under the Service's own name, where people look first
 * (CoreDNS answers that too, the specification doesn't ask for it).
 */
function serviceRecords(service: string, targets: readonly Target[], ttl: number): DnsRecord[] {
  const named = Map.groupBy(
    targets.filter(({ portName }) => portName !== ''),
    ({ portName, protocol }) => `_${portName}._${protocol}.${service}`,
  )
  return [[service, targets] as const, ...named].flatMap(([name, some]) => shared(name, some, ttl))
}

/** Records that get an equal share of the clients each. An endpoint in two slices is one target. */
function shared(name: string, targets: readonly Target[], ttl: number): DnsRecord[] {
  const distinct = [...new Map(targets.map((target) => [`${target.port} ${target.target}`, target])).values()]
  const weight = Math.max(1, Math.floor(WEIGHTS / distinct.length))
  return distinct.map(({ port, target }) => ({ name, ttl, type: 'SRV', priority: 0, weight, port, target }))
}

/** Sorted, so that the order of slices and endpoints in the API says nothing. An endpoint may stand in two slices while it moves. */
function placesOf(slices: readonly EndpointSlice[], unready: boolean): Place[] {
  const places = new Map<string, Place>()
  for (const { addressType: family, endpoints = [], ports = [] } of slices) {
    if (family === 'FQDN') continue
    const told = ports.filter(({ port }) => port !== undefined).map(portOf)
    for (const { addresses, hostname, conditions } of endpoints) {
      const [address] = addresses
      // a condition that is unknown counts as ready (EndpointConditions)
      if (address === undefined || (conditions?.ready === false && !unready)) continue
      const label = hostname || dashed(address)
      const before = places.get(`${label} ${address}`)?.ports ?? []
      places.set(`${label} ${address}`, { label, address, ports: [...before, ...told] })
    }
  }
  return [...places.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place)
}

const portOf = ({ name = '', protocol = 'TCP', port = 0 }: Partial<ServicePort>): Omit<Target, 'target'> => ({
  portName: name.toLowerCase(),
  protocol: protocol.toLowerCase(),
  port,
})

const nameOf = ({ metadata }: Service, zone: string): string => serviceName(metadata.name ?? '', metadata.namespace ?? '', zone)

const isDomainName = (name: string): boolean => name.length < 254 && name.split('.').every((label) => /^[^.]{1,63}$/.test(label))
