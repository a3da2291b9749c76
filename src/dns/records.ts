import type { Endpoint, EndpointSlice, Service } from '../api/index.ts'
import type { DnsRecord } from '../wire/index.ts'
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
const WEIGHT = 100

/** One place behind a headless Service. */
interface Place {
  readonly name: string
  readonly address: string
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[]
}

interface NamedPort {
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly target: string
}

/**
 * The records of one Service: a pure function of its arguments. The cluster's answers are the union over all Services,
 * with {@link planZone}'s. Empty for a headless Service without endpoints that may be told, whose name then doesn't exist
 * (specification 2.4.1).
 */
export function planService(service: Service, slices: readonly EndpointSlice[], options: RecordOptions): readonly DnsRecord[] {
  const { type, clusterIP } = service.spec ?? {}
  if (type === 'ExternalName') return aliasRecords(service, options)
  if (clusterIP === 'None') return headlessRecords(service, slices, options)
  return clusterIPRecords(service, options)
}

/** The records of the zone itself: its version, its name server and that server's addresses. */
export function planZone(servers: readonly string[], { zone, ttl }: RecordOptions): readonly DnsRecord[] {
  const target = `ns.dns.${zone}`
  return [
    { name: `dns-version.${zone}`, ttl: SCHEMA_TTL, type: 'TXT', text: SCHEMA_VERSION },
    { name: zone, ttl, type: 'NS', target },
    ...servers.map((address) => ({ name: target, ttl, type: addressType(address), address })),
  ]
}

/** Fixed addresses, like the lines of /etc/hosts; each name is complete. */
export const planHosts = (hosts: Readonly<Record<string, readonly string[]>>, ttl: number): readonly DnsRecord[] =>
  Object.entries(hosts).flatMap(([name, addresses]) =>
    addresses.map((address) => ({ name, ttl, type: addressType(address), address })),
  )

function aliasRecords(service: Service, { zone, ttl }: RecordOptions): DnsRecord[] {
  const name = nameOf(service, zone)
  const target = service.spec?.externalName?.replace(/\.$/, '') ?? ''
  return isDomainName(target) ? [{ name, ttl, type: 'CNAME', target }] : []
}

function clusterIPRecords(service: Service, { zone, ttl }: RecordOptions): DnsRecord[] {
  const { clusterIP = '', clusterIPs = [clusterIP], ports = [] } = service.spec ?? {}
  const name = nameOf(service, zone)
  const addresses = clusterIPs.filter((address) => address !== '')
  if (addresses.length === 0) return []
  return [
    ...addresses.map((address): DnsRecord => ({ name, ttl, type: addressType(address), address })),
    ...addresses.map((address): DnsRecord => ({ name: reverseName(address), ttl, type: 'PTR', target: name })),
    ...serviceRecords(name, ttl, ports.map(({ name: port = '', protocol = 'TCP', port: number }) => ({ name: port, protocol, port: number, target: name }))), // prettier-ignore
  ]
}

function headlessRecords(service: Service, slices: readonly EndpointSlice[], { zone, ttl }: RecordOptions): DnsRecord[] {
  const name = nameOf(service, zone)
  const places = placesOf(slices, service.spec?.publishNotReadyAddresses === true)
  const ports = places.flatMap((place) => place.ports.map((port) => ({ ...port, target: `${place.name}.${name}` })))
  return [
    ...unique(places, ({ address }) => address).map(({ address }): DnsRecord => ({
      name,
      ttl,
      type: addressType(address),
      address,
    })),
    ...places.flatMap(({ name: place, address }): DnsRecord[] => [
      { name: `${place}.${name}`, ttl, type: addressType(address), address },
      { name: reverseName(address), ttl, type: 'PTR', target: `${place}.${name}` },
    ]),
    ...serviceRecords(
      name,
      ttl,
      unique(ports, (port) => JSON.stringify(port)),
    ),
  ]
}

/**
 * SRV records: of each named port, and of all ports together under the Service's own name, where people look first
 * (CoreDNS answers that too, the specification doesn't ask for it).
 */
function serviceRecords(service: string, ttl: number, ports: readonly NamedPort[]): DnsRecord[] {
  const named = Map.groupBy(
    ports.filter(({ name }) => name !== ''),
    ({ name, protocol }) => `_${name}._${protocol.toLowerCase()}.${service}`.toLowerCase(),
  )
  const weight = (all: number): number => Math.max(1, Math.floor(WEIGHT / all))
  const record = (name: string, { port, target }: NamedPort, all: number): DnsRecord =>
    ({ name, ttl, type: 'SRV', priority: 0, weight: weight(all), port, target }) // prettier-ignore
  return [
    ...ports.map((port) => record(service, port, ports.length)),
    ...[...named].flatMap(([name, group]) => group.map((port) => record(name, port, group.length))),
  ]
}

/** An endpoint may stand in two slices while it moves; its place is told once, with the ports of the first that may be told. */
function placesOf(slices: readonly EndpointSlice[], unready: boolean): Place[] {
  const places = new Map<string, Place>()
  for (const slice of slices) {
    if (slice.addressType === 'FQDN') continue
    const ports = (slice.ports ?? []).map(({ name, protocol, port }) => ({ name: name ?? '', protocol: protocol ?? 'TCP', port: port ?? 0 })) // prettier-ignore
    for (const endpoint of slice.endpoints ?? []) {
      if (!unready && !isReady(endpoint)) continue
      const address = endpoint.addresses[0] ?? ''
      const name = endpoint.hostname || dashed(address)
      const known = places.get(`${name} ${address}`)
      places.set(`${name} ${address}`, { name, address, ports: [...(known?.ports ?? []), ...ports] })
    }
  }
  return [...places.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, place]) => place)
}

/** Unknown counts as ready (EndpointConditions). */
const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false

const nameOf = ({ metadata }: Service, zone: string): string => serviceName(metadata.name ?? '', metadata.namespace ?? '', zone)

const isDomainName = (name: string): boolean => name.length < 254 && name.split('.').every((label) => /^[^.]{1,63}$/.test(label))

const unique = <T>(values: readonly T[], key: (value: T) => string): T[] => [
  ...new Map(values.map((value) => [key(value), value])).values(),
]
