import type { EndpointSlice, Service, ServicePort } from '../api/index.ts'
import {
  CLUSTER_IPS,
  type ElementObject,
  ENDPOINTS,
  type Family,
  HAIRPIN_ENDPOINTS,
  NO_ENDPOINT_NODEPORTS,
  NO_ENDPOINT_SERVICES,
  NODEPORT_ENDPOINTS,
  pickChain,
  type PickKind,
  REJECT_CHAIN,
  SERVICE_IPS,
  SERVICE_NODEPORTS,
} from './names.ts'
import { type Target, targetsOf } from './topology.ts'

/** One element of a set (no value) or a map, in nft's text. */
export interface Element {
  readonly object: ElementObject
  readonly key: string
  readonly value?: string
}

/** Where and for whom a plan is made. */
export interface NodeContext {
  readonly nodeName: string
  readonly family: Family
}

/** One address or node port at which a Service port answers. */
interface Frontend {
  /** `10.96.0.10 . tcp . 80`, or for a node port `tcp . 30008`. */
  readonly key: string
  readonly nodePort: boolean
  readonly pick: PickKind
  readonly targets: readonly Target[]
  /** Where packets go when there are no endpoints. */
  readonly refusal: string
}

/** Others' Services are left alone: those of another proxy, those that say they are headless, and those without an address. */
export function isProxied(service: Service): boolean {
  const labels = service.metadata.labels ?? {}
  if ('service.kubernetes.io/service-proxy-name' in labels || 'service.kubernetes.io/headless' in labels) return false
  const { clusterIP, type } = service.spec ?? {}
  return type !== 'ExternalName' && clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None'
}

/**
 * The elements that one Service has in the kernel of one node. A pure function of its arguments: the node's rules are
 * the union over all Services. Empty for a Service that is not proxied.
 */
export function planService(service: Service, slices: readonly EndpointSlice[], context: NodeContext): readonly Element[] {
  if (!isProxied(service)) return []
  const elements: Element[] = clusterIPsOf(service, context.family).map((ip) => ({ object: CLUSTER_IPS, key: ip }))
  for (const port of service.spec?.ports ?? []) {
    const frontends = frontendsOf(service, port, slices, context)
    for (const frontend of frontends) elements.push(...elementsOf(frontend))
    elements.push(...hairpins(frontends))
  }
  return elements
}

function frontendsOf(
  service: Service,
  port: ServicePort,
  slices: readonly EndpointSlice[],
  { nodeName, family }: NodeContext,
): Frontend[] {
  const mine = slices.filter((slice) => slice.addressType === (family === 'ip' ? 'IPv4' : 'IPv6'))
  const targets = targetsOf(service, port, mine, nodeName)
  const protocol = (port.protocol ?? 'TCP').toLowerCase()
  const local = service.spec?.externalTrafficPolicy === 'Local'
  const at = (ip: string): string => `${ip} . ${protocol} . ${port.port}`
  const refusal = `goto ${REJECT_CHAIN}`
  const external = { nodePort: false, targets: targets.external, refusal: local ? 'drop' : refusal } as const
  const frontends: Frontend[] = clusterIPsOf(service, family).map((ip) => ({
    key: at(ip),
    nodePort: false,
    pick: 'pick',
    targets: targets.internal,
    refusal: service.spec?.internalTrafficPolicy === 'Local' ? 'drop' : refusal,
  }))
  for (const ip of externalAddresses(service, family))
    frontends.push({ ...external, key: at(ip), pick: local ? 'pick' : 'external-pick' })
  if (port.nodePort) {
    const pick = local ? 'nodeport-pick' : 'external-nodeport-pick'
    frontends.push({ ...external, key: `${protocol} . ${port.nodePort}`, nodePort: true, pick })
  }
  return frontends
}

function elementsOf({ key, nodePort, pick, targets, refusal }: Frontend): Element[] {
  const object: ElementObject = nodePort ? NODEPORT_ENDPOINTS : ENDPOINTS
  if (targets.length === 0) return [{ object: nodePort ? NO_ENDPOINT_NODEPORTS : NO_ENDPOINT_SERVICES, key, value: refusal }]
  const dispatch: Element = {
    object: nodePort ? SERVICE_NODEPORTS : SERVICE_IPS,
    key,
    value: `goto ${pickChain(pick, targets.length)}`,
  }
  return [
    dispatch,
    ...targets.map(({ address, port }, slot) => ({ object, key: `${key} . ${slot}`, value: `${address} . ${port}` })),
  ]
}

/** Each local endpoint once, however many frontends lead to it. */
function hairpins(frontends: readonly Frontend[]): Element[] {
  const addresses = new Set(
    frontends.flatMap(({ targets }) => targets.filter((target) => target.local).map((target) => target.address)),
  )
  return [...addresses].map((address) => ({ object: HAIRPIN_ENDPOINTS, key: `${address} . ${address}` }))
}

const isFamily = (ip: string, family: Family): boolean => ip.includes(':') === (family === 'ip6')

function clusterIPsOf(service: Service, family: Family): string[] {
  const { clusterIP = '', clusterIPs = [clusterIP] } = service.spec ?? {}
  return clusterIPs.filter((ip) => ip !== '' && isFamily(ip, family))
}

/** `ipMode: Proxy` means that the load balancer wants its packets for itself (KEP-1860). */
function externalAddresses(service: Service, family: Family): string[] {
  const ingress = (service.status?.loadBalancer?.ingress ?? []).filter((entry) => entry.ip && entry.ipMode !== 'Proxy')
  const addresses = [...(service.spec?.externalIPs ?? []), ...ingress.map((entry) => entry.ip!)]
  return [...new Set(addresses)].filter((ip) => isFamily(ip, family))
}
