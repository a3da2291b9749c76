import { type EndpointSlice, keyOf, type Node, type Service } from '../api/index.ts'
import { firstFree, inPool, type Pool, poolText } from './pool.ts'

export const CLASS = 'portolan.dev/lb'
export const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup'
const EXCLUDED_NODE = 'node.kubernetes.io/exclude-from-external-load-balancers'

/** What a Service gets: an address and why it is this one, or why there is none. */
export type Grant = { readonly ip: string; readonly reason: string } | { readonly refused: string }

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
 * Who gets which address, by the Service's key. A Service keeps the address it has, as long as that is of the pool and is the one
 * it asks for; the others follow in the order of their age. Pure: the same objects give the same grants.
 */
export function planGrants(services: readonly Service[], nodes: readonly Node[], pool: Pool): ReadonlyMap<string, Grant> {
  const taken = new Set(nodes.flatMap((node) => (node.status?.addresses ?? []).map(({ address }) => address)))
  const grants = new Map<string, Grant>()
  const served = services.filter(isServed).sort(byAge)
  const give = (service: Service, ip: string, reason: string): void => {
    taken.add(ip)
    grants.set(keyOf(service), { ip, reason })
  }
  for (const service of served) {
    const [known] = addressesOf(service)
    const wanted = service.spec?.loadBalancerIP || known
    if (known && known === wanted && inPool(pool, known) && !taken.has(known)) give(service, known, reasonOf(service, pool))
  }
  for (const service of served) {
    if (grants.has(keyOf(service))) continue
    const wanted = service.spec?.loadBalancerIP
    const refused = wanted ? refusalOf(wanted, taken, pool) : undefined
    const ip = wanted || firstFree(pool, (candidate) => !taken.has(candidate))
    if (refused ?? !ip) grants.set(keyOf(service), { refused: refused ?? `every address of ${poolText(pool)} is taken` })
    else give(service, ip, reasonOf(service, pool))
  }
  return grants
}

const reasonOf = ({ spec }: Service, pool: Pool): string =>
  spec?.loadBalancerIP ? 'as spec.loadBalancerIP asks' : `from the pool ${poolText(pool)}`

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
