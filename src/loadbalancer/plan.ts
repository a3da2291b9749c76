import { type EndpointSlice, keyOf, type Node, type Service } from '../api/index.ts'
import { isIPv6 } from '../lib/index.ts'
import { firstFree, inPool, type Pool, poolText } from './pool.ts'

export const CLASS = 'portolan.dev/lb'
export const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
const EXCLUDED_NODE = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** What a Service gets: an address of each of its families and why it is these, or why there are none. */
export type Grant = { readonly ips: readonly string[]; readonly reason: string } | { readonly refused: string }

/** Whether this load balancer serves the Service. Those of another class are left alone. */
export function isServed({ metadata, spec }: Service): boolean {
  const { type, loadBalancerClass = CLASS } = spec ?? {}
  return type === 'LoadBalancer' && loadBalancerClass === CLASS && !metadata.deletionTimestamp
}

/** Whether the Service was served and is so no more: it is being deleted, or has another type now. */
export function isLeft(service: Service, pool: Pool): boolean {
  const { metadata, spec } = service
  if (isServed(service) || !metadata.finalizers?.includes(FINALIZER)) return false
  if (spec?.type === 'LoadBalancer' && (spec.loadBalancerClass ?? CLASS) !== CLASS) return false
  return addressesOf(service).every((ip) => inPool(pool, ip))
}

/** The addresses that a Service's status names. */
export const addressesOf = ({ status }: Service): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))

/**
 * Who gets which addresses, by the Service's key. A Service keeps those it has, as long as they are of the pool and are what
 * it asks for; the others follow in the order of their age. Pure: the same objects give the same grants.
 */
export function planGrants(services: readonly Service[], nodes: readonly Node[], pool: Pool): ReadonlyMap<string, Grant> {
  const taken = new Set(nodes.flatMap((node) => (node.status?.addresses ?? []).map(({ address }) => address)))
  const served = services.filter(isServed).sort(byAge)
  const kept = new Map<string, readonly string[]>()
  for (const service of served) {
    const ips = familiesOf(service, pool).flatMap((family) => keptOf(service, family, pool) ?? [])
    const own = ips.filter((ip) => !taken.has(ip))
    for (const ip of own) taken.add(ip)
    kept.set(keyOf(service), own)
  }
  const grants = new Map<string, Grant>()
  for (const service of served) {
    const grant = grantOf(service, kept.get(keyOf(service)) ?? [], { taken, pool })
    if ('ips' in grant) for (const ip of grant.ips) taken.add(ip)
    grants.set(keyOf(service), grant)
  }
  return grants
}

type Family = 'IPv4' | 'IPv6'
const familyOf = (ip: string): Family => (isIPv6(ip) ? 'IPv6' : 'IPv4')

/** In which a Service gets an address: its own, primary first, as far as the pool has them. */
function familiesOf({ spec }: Service, pool: Pool): Family[] {
  const families = (spec?.ipFamilies ?? ['IPv4']) as readonly Family[]
  return families.filter((family) => pool.some((range) => familyOf(range) === family))
}

const wantedOf = ({ spec }: Service, family: Family): string | undefined =>
  spec?.loadBalancerIP && familyOf(spec.loadBalancerIP) === family ? spec.loadBalancerIP : undefined

/** The address of one family that the Service may keep, if nobody else has it. */
function keptOf(service: Service, family: Family, pool: Pool): string | undefined {
  const known = addressesOf(service).find((ip) => familyOf(ip) === family)
  if (known === undefined || !inPool(pool, known)) return undefined
  return (wantedOf(service, family) ?? known) === known ? known : undefined
}

interface Given {
  readonly taken: ReadonlySet<string>
  readonly pool: Pool
}

/** All of a Service's addresses or none, for a Service that answers by half would be found out late. */
function grantOf(service: Service, kept: readonly string[], { taken, pool }: Given): Grant {
  const { ipFamilies = ['IPv4'], ipFamilyPolicy, loadBalancerIP } = service.spec ?? {}
  const families = familiesOf(service, pool)
  const missing = ipFamilies.find((family) => !families.some((each) => each === family))
  if (missing && (families.length === 0 || ipFamilyPolicy === 'RequireDualStack'))
    return { refused: `the pool ${poolText(pool)} has no ${missing} addresses` }
  const ips: string[] = []
  for (const family of families) {
    const ranges = pool.filter((range) => familyOf(range) === family)
    const known = kept.find((ip) => familyOf(ip) === family)
    const wanted = known === undefined ? wantedOf(service, family) : undefined
    const refused = wanted && refusalOf(wanted, taken, pool)
    if (refused) return { refused }
    const ip = known ?? wanted ?? firstFree(ranges, (candidate) => !taken.has(candidate))
    if (ip === undefined) return { refused: `every address of ${poolText(ranges)} is taken` }
    ips.push(ip)
  }
  return { ips, reason: loadBalancerIP ? 'as spec.loadBalancerIP asks' : `from the pool ${poolText(pool)}` }
}

function refusalOf(wanted: string, taken: ReadonlySet<string>, pool: Pool): string | undefined {
  if (!inPool(pool, wanted)) return `spec.loadBalancerIP ${wanted} is not in the pool ${poolText(pool)}`
  return taken.has(wanted) ? `spec.loadBalancerIP ${wanted} is taken` : undefined
}

function byAge(a: Service, b: Service): number {
  const [one, other] = [a, b].map((service) => `${service.metadata.creationTimestamp ?? ''} ${keyOf(service)}`)
  return one! < other! ? -1 : 1
}

/** What nodes need to know to elect one among them. */
export interface Election {
  readonly nodes: readonly Node[]
  readonly slicesOf: (service: Service) => readonly EndpointSlice[]
}

/**
 * The node that answers for a Service's address: the first by name that is ready; under `externalTrafficPolicy: Local` the first
 * that has an endpoint of its own, if there is such a one. Undefined when no node is ready. Every node comes to the same result.
 */
export function elect(service: Service, { nodes, slicesOf }: Election): string | undefined {
  const ready = nodes
    .filter(canAnswer)
    .map(({ metadata }) => metadata.name ?? '')
    .sort()
  if (service.spec?.externalTrafficPolicy !== 'Local') return ready[0]
  const endpoints = slicesOf(service).flatMap((slice) => slice.endpoints ?? [])
  const withEndpoint = new Set(endpoints.filter(({ conditions }) => conditions?.ready !== false).map(({ nodeName }) => nodeName))
  return ready.find((name) => withEndpoint.has(name)) ?? ready[0]
}

const canAnswer = ({ metadata, status }: Node): boolean =>
  !(EXCLUDED_NODE in (metadata.labels ?? {})) && status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True'

/** The Services that each elected node answers for, by the node's name. */
export function electedFor(services: readonly Service[], election: Election): ReadonlyMap<string, readonly Service[]> {
  const elected = new Map<string, Service[]>()
  for (const service of services.filter(isServed)) {
    const node = elect(service, election)
    if (node !== undefined) elected.set(node, [...(elected.get(node) ?? []), service])
  }
  return elected
}

/** The addresses of the pool that a node answers for. */
export const addressesOfNode = (services: readonly Service[], pool: Pool): ReadonlySet<string> =>
  new Set(services.flatMap(addressesOf).filter((ip) => inPool(pool, ip)))
