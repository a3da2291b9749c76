/**
 * The kernel objects of the service proxy. `nft list table ip portolan-proxy` and this source speak alike.
 *
 * Nothing but the proxy may change the table. How many objects there are does not grow with the Services: what grows
 * is the number of elements in the maps.
 */

export type Family = 'ip' | 'ip6'

/** As nft names them. */
export const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const
export type Protocol = (typeof PROTOCOLS)[number]

export const TABLE = 'portolan-proxy'

/** Where a packet that wants a Service goes: address, protocol and port to the chain that picks an endpoint. */
export const SERVICE_IPS = 'service-ips'
/** The same for node ports, which answer on every address of the node. */
export const SERVICE_NODEPORTS = 'service-nodeports'

/**
 * The endpoints of every Service address, numbered from 0: address, port and number to address and port. One map for each
 * protocol, because the port that a map gives has a protocol for nft 1.0.6: it adds a match on it to every rule that uses the map.
 */
export const endpointsMap = (protocol: Protocol): ElementObject => `${protocol}-endpoints`
/** The same for node ports: port and number to address and port. */
export const nodePortEndpointsMap = (protocol: Protocol): ElementObject => `${protocol}-nodeport-endpoints`

/** Service addresses without endpoints, and what becomes of their packets. */
export const NO_ENDPOINT_SERVICES = 'no-endpoint-services'
export const NO_ENDPOINT_NODEPORTS = 'no-endpoint-nodeports'

/** Every cluster IP there is, so that its other ports can be refused. */
export const CLUSTER_IPS = 'cluster-ips'

/** Endpoints on this node as source and destination at once: Pods that reach themselves through a Service. */
export const HAIRPIN_ENDPOINTS = 'hairpin-endpoints'

/** Objects whose elements the plan fills. */
export type ElementObject =
  | typeof SERVICE_IPS
  | typeof SERVICE_NODEPORTS
  | typeof NO_ENDPOINT_SERVICES
  | typeof NO_ENDPOINT_NODEPORTS
  | typeof CLUSTER_IPS
  | typeof HAIRPIN_ENDPOINTS
  | `${Protocol}-endpoints`
  | `${Protocol}-nodeport-endpoints`

export const ELEMENT_OBJECTS: readonly ElementObject[] = [
  SERVICE_IPS,
  SERVICE_NODEPORTS,
  ...PROTOCOLS.map(endpointsMap),
  ...PROTOCOLS.map(nodePortEndpointsMap),
  NO_ENDPOINT_SERVICES,
  NO_ENDPOINT_NODEPORTS,
  CLUSTER_IPS,
  HAIRPIN_ENDPOINTS,
]

/** The bit of the packet mark that asks for masquerading; kube-proxy's, so that the two look alike. */
export const MASQUERADE_MARK = '0x4000'

/** Refuses as upstream does: a closed port. */
export const REJECT_CHAIN = 'reject-chain'
export const MARK_FOR_MASQUERADE = 'mark-for-masquerade'

/** Chains that pick one of so many endpoints: `pick-tcp-3`, and with masquerading `external-pick-tcp-3`; for node ports likewise. */
export type PickKind = 'pick' | 'external-pick' | 'nodeport-pick' | 'external-nodeport-pick'
export const pickChain = (kind: PickKind, protocol: Protocol, endpoints: number): string => `${kind}-${protocol}-${endpoints}`
