import ipaddr from 'ipaddr.js'
import type { EndpointSlice, Service, ServicePort } from '../../api/index.ts'
import { type Family, type Protocol, REJECT_CHAIN } from '../table/names.ts'
import { canonicalAddress, isFamily } from './addresses.ts'
import { type Place, type Target, type Targets, targetsOf } from './topology.ts'

/** Where and for whom a plan is made. */
export interface NodeContext extends Place {
  readonly family: Family
  /** The node's own addresses. */
  readonly nodeIPs?: readonly string[]
}

/** One address or node port at which a Service port answers. */
export interface Frontend {
  /** Left out for a node port. */
  readonly address?: string
  readonly protocol: Protocol
  readonly port: number
  /** Whether its packets are masqueraded, so that the reply comes back by this node. */
  readonly masquerade: boolean
  /** For everyone, or where there are `own`, for Pods and for this node only. */
  readonly targets: readonly Target[]
  /** For traffic from outside under `externalTrafficPolicy: Local`: endpoints on this node. */
  readonly own?: readonly Target[]
  /** Those that established flows may stay with. */
  readonly serving: readonly Target[]
  /** What becomes of packets when there is no endpoint for them. */
  readonly refusal: string
  /** How long a client keeps its endpoint after its last connection, in seconds; undefined without ClientIP affinity. */
  readonly affinity?: number
  /** Ranges that may use this address, none inside another; undefined where everybody may. */
  readonly allowed?: readonly string[]
}

const AFFINITY_SECONDS = 10_800

/** Others' Services are left alone: those of another proxy, those that say they are headless, and those without an address. */
export function isProxied(service: Service): boolean {
  const labels = service.metadata.labels ?? {}
  if ('service.kubernetes.io/service-proxy-name' in labels || 'service.kubernetes.io/headless' in labels) return false
  const { clusterIP, type } = service.spec ?? {}
  return type !== 'ExternalName' && clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None'
}

/** Everywhere one Service answers on one node by one family; empty for a Service that is not proxied, or has no address of the family. */
export function frontendsOf(service: Service, slices: readonly EndpointSlice[], context: NodeContext): Frontend[] {
  if (!isProxied(service) || clusterIPsOf(service, context.family).length === 0) return []
  const mine = slices.filter((slice) => slice.addressType === (context.family === 'ip' ? 'IPv4' : 'IPv6'))
  return (service.spec?.ports ?? []).flatMap((port) => portFrontends(service, port, targetsOf(port, mine, context), context))
}

function portFrontends(service: Service, port: ServicePort, targets: Targets, context: NodeContext): Frontend[] {
  const { family } = context
  const { externalTrafficPolicy, internalTrafficPolicy, sessionAffinity, sessionAffinityConfig } = service.spec ?? {}
  const refusal = `goto ${REJECT_CHAIN}`
  const refusalOfLocal = targets.any ? 'drop' : refusal
  const common = {
    protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
    port: port.port,
    serving: targets.serving,
    ...(sessionAffinity === 'ClientIP' ? { affinity: sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS } : {}),
  }
  const internal =
    internalTrafficPolicy === 'Local'
      ? { targets: targets.local, refusal: refusalOfLocal }
      : { targets: targets.cluster, refusal }
  const external =
    externalTrafficPolicy === 'Local'
      ? { ...common, masquerade: false, targets: targets.cluster, own: targets.local, refusal: refusalOfLocal }
      : { ...common, masquerade: true, targets: targets.cluster, refusal }
  const allowed = allowedSources(service, family)
  const balanced = loadBalancerIPs(service, family)
  return [
    ...clusterIPsOf(service, family).map((address) => ({ ...common, masquerade: false, address, ...internal })),
    ...balanced.map((address) => ({
      ...external,
      address,
      ...(allowed ? { allowed: [...allowed, ...ownWay(address, allowed, context)] } : {}),
    })),
    ...externalIPs(service, family).flatMap((address) => (balanced.includes(address) ? [] : [{ ...external, address }])),
    ...(port.nodePort ? [{ ...external, port: port.nodePort }] : []),
  ]
}

export function clusterIPsOf(service: Service, family: Family): string[] {
  const { clusterIP = '', clusterIPs = [clusterIP] } = service.spec ?? {}
  return clusterIPs.filter((ip) => ip !== '' && isFamily(ip, family)).map(canonicalAddress)
}

const externalIPs = (service: Service, family: Family): string[] => [
  ...new Set((service.spec?.externalIPs ?? []).filter((ip) => isFamily(ip, family)).map(canonicalAddress)),
]

/** `ipMode: Proxy` means that the load balancer wants its packets for itself (KEP-1860). */
function loadBalancerIPs(service: Service, family: Family): string[] {
  const ingress = (service.status?.loadBalancer?.ingress ?? []).filter((entry) => entry.ip && entry.ipMode !== 'Proxy')
  return [...new Set(ingress.map((entry) => canonicalAddress(entry.ip!)))].filter((ip) => isFamily(ip, family))
}

/** Ranges of one family without those that lie in another: nft refuses a set whose ranges overlap. */
function allowedSources({ spec }: Service, family: Family): string[] | undefined {
  const wanted = (spec?.loadBalancerSourceRanges ?? []).map((range) => range.trim())
  if (wanted.length === 0) return undefined
  const ranges = wanted.filter((range) => isFamily(range, family))
  return ranges.filter((range, index) => !ranges.some((other, at) => at !== index && contains(other, range, at < index)))
}

/** A load balancer's address may be an address of this node, which then speaks to it from itself. */
function ownWay(address: string, allowed: readonly string[], { nodeIPs = [] }: NodeContext): string[] {
  const inside = (ip: string): boolean => allowed.some((range) => contains(range, `${ip}/${ip.includes(':') ? 128 : 32}`, true))
  return nodeIPs.some(inside) && !inside(address) ? [address] : []
}

/** Whether `inner` lies in `outer`; ranges of the same addresses do when `same` says so. */
function contains(outer: string, inner: string, same: boolean): boolean {
  const [network, prefix] = ipaddr.parseCIDR(outer)
  const [address, length] = ipaddr.parseCIDR(inner)
  return network.kind() === address.kind() && (prefix < length || (same && prefix === length)) && address.match(network, prefix)
}
