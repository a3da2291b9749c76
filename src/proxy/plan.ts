import type { EndpointSlice, Service, ServicePort } from '../api/index.ts'
import {
  CLUSTER_IPS,
  type ElementObject,
  endpointsMap,
  type Family,
  HAIRPIN_ENDPOINTS,
  NO_ENDPOINT_NODEPORTS,
  NO_ENDPOINT_SERVICES,
  nodePortEndpointsMap,
  pickChain,
  type PickKind,
  type Protocol,
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
  /** Left out for a node port. */
  readonly address?: string
  readonly protocol: Protocol
  readonly port: number
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
  const protocol = (port.protocol ?? 'TCP').toLowerCase() as Protocol
  const local = service.spec?.externalTrafficPolicy === 'Local'
  const refusal = `goto ${REJECT_CHAIN}`
  const common = { protocol, port: port.port }
  const external = { ...common, targets: targets.external, refusal: local ? 'drop' : refusal }
  const frontends: Frontend[] = clusterIPsOf(service, family).map((address) => ({
    ...common,
    address,
    pick: 'pick',
    targets: targets.internal,
    refusal: service.spec?.internalTrafficPolicy === 'Local' ? 'drop' : refusal,
  }))
  for (const address of externalAddresses(service, family))
    frontends.push({ ...external, address, pick: local ? 'pick' : 'external-pick' })
  if (port.nodePort)
    frontends.push({ ...external, port: port.nodePort, pick: local ? 'nodeport-pick' : 'external-nodeport-pick' })
  return frontends
}

function elementsOf({ address, protocol, port, pick, targets, refusal }: Frontend): Element[] {
  const nodePort = address === undefined
  const key = nodePort ? `${protocol} . ${port}` : `${address} . ${protocol} . ${port}`
  if (targets.length === 0) return [{ object: nodePort ? NO_ENDPOINT_NODEPORTS : NO_ENDPOINT_SERVICES, key, value: refusal }]
  const value = `goto ${pickChain(pick, protocol, targets.length)}`
  const object = nodePort ? nodePortEndpointsMap(protocol) : endpointsMap(protocol)
  const prefix = nodePort ? port : `${address} . ${port}`
  return [
    { object: nodePort ? SERVICE_NODEPORTS : SERVICE_IPS, key, value },
    ...targets.map((target, slot) => ({ object, key: `${prefix} . ${slot}`, value: `${target.address} . ${target.port}` })),
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
