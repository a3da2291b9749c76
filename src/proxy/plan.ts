import type { EndpointSlice, Service } from '../api/index.ts'
import { rememberChain, pickChain } from './table/chain-names.ts'
import { clusterIPsOf, type Frontend, frontendsOf, isProxied, type NodeContext } from './services/frontends.ts'
import {
  affinityNodePorts,
  affinityServices,
  ALLOWED_SOURCES,
  CLUSTER_IPS,
  type ElementObject,
  endpointsMap,
  FIREWALLED,
  HAIRPIN_ENDPOINTS,
  LOCAL_SLOTS,
  NO_ENDPOINT_NODEPORTS,
  NO_ENDPOINT_SERVICES,
  nodePortEndpointsMap,
  SERVICE_IPS,
  SERVICE_NODEPORTS,
} from './table/names.ts'
import type { Target } from './services/topology.ts'

/** One element of a set (no value) or a map, in nft's text. */
export interface Element {
  readonly object: ElementObject
  readonly key: string
  readonly value?: string
  /** Elements of one group, like the ranges of one allow list, only make sense together: they are all one Service's. */
  readonly group?: string
}

/**
 * The elements that one Service has in the kernel of one node. A pure function of its arguments: the node's rules are
 * the union over all Services. Empty for a Service that is not proxied.
 */
export function planService(service: Service, slices: readonly EndpointSlice[], context: NodeContext): readonly Element[] {
  if (!isProxied(service)) return []
  const frontends = frontendsOf(service, slices, context)
  return [
    ...clusterIPsOf(service, context.family).map((ip): Element => ({ object: CLUSTER_IPS, key: ip })),
    ...frontends.flatMap((frontend) => [...dispatch(frontend), ...affinity(frontend), ...firewall(frontend)]),
    ...hairpins(frontends),
  ]
}

/** A frontend as the maps that know all protocols have it. */
export const frontendKey = ({ address, protocol, port }: Pick<Frontend, 'address' | 'protocol' | 'port'>): string =>
  address === undefined ? `${protocol} . ${port}` : `${address} . ${protocol} . ${port}`

/** The same in the maps of one protocol. */
const keyInProtocol = ({ address, port }: Frontend): string => (address === undefined ? `${port}` : `${address} . ${port}`)

export const targetText = ({ address, port }: Target): string => `${address} . ${port}`

function dispatch(frontend: Frontend): Element[] {
  const { address, protocol, targets, own, refusal } = frontend
  const nodePort = address === undefined
  const key = frontendKey(frontend)
  const refused: Element = { object: nodePort ? NO_ENDPOINT_NODEPORTS : NO_ENDPOINT_SERVICES, key, value: refusal }
  if (targets.length === 0) return [refused]
  const object = nodePort ? nodePortEndpointsMap(protocol) : endpointsMap(protocol)
  const slots = (list: readonly Target[], first: number): Element[] =>
    list.map((target, i) => ({ object, key: `${keyInProtocol(frontend)} . ${first + i}`, value: targetText(target) }))
  return [
    { object: nodePort ? SERVICE_NODEPORTS : SERVICE_IPS, key, value: `goto ${pickChain(frontend)}` },
    ...slots(targets, 0),
    ...slots(own ?? [], LOCAL_SLOTS),
    ...(own?.length === 0 ? [refused] : []),
  ]
}

function affinity(frontend: Frontend): Element[] {
  const { address, protocol, targets, affinity: seconds } = frontend
  if (seconds === undefined || targets.length === 0) return []
  const object = address === undefined ? affinityNodePorts(protocol) : affinityServices(protocol)
  return [{ object, key: keyInProtocol(frontend), value: `goto ${rememberChain(frontend, seconds)}` }]
}

function firewall(frontend: Frontend): Element[] {
  if (!frontend.allowed) return []
  const key = frontendKey(frontend)
  return [
    { object: FIREWALLED, key },
    ...frontend.allowed.map((range): Element => ({ object: ALLOWED_SOURCES, key: `${key} . ${range}`, group: key })),
  ]
}

/** Each local endpoint once, however many frontends lead to it. */
function hairpins(frontends: readonly Frontend[]): Element[] {
  const targets = frontends.flatMap((frontend) => [...frontend.targets, ...(frontend.own ?? [])])
  const addresses = new Set(targets.flatMap((target) => (target.local ? [target.address] : [])))
  return [...addresses].map((address) => ({ object: HAIRPIN_ENDPOINTS, key: `${address} . ${address}` }))
}
