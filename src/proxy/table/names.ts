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

/** Load balancer addresses with an allow list, and the lists: address, protocol, port and a range of sources. */
export const FIREWALLED = 'firewalled'
export const ALLOWED_SOURCES = 'allowed-sources'

/** Service addresses and node ports with ClientIP affinity, to the chain that remembers a client for so many seconds. */
export const affinityServices = (protocol: Protocol): ElementObject => `${protocol}-affinity-services`
export const affinityNodePorts = (protocol: Protocol): ElementObject => `${protocol}-affinity-nodeports`

/** Filled by packets: client, Service address and port to the endpoint that the client keeps; node ports without an address. */
export type ClientObject = `${Protocol}-clients` | `${Protocol}-nodeport-clients`
export const clientsMap = (protocol: Protocol): ClientObject => `${protocol}-clients`
export const nodePortClientsMap = (protocol: Protocol): ClientObject => `${protocol}-nodeport-clients`

/** Objects whose elements the plan fills. */
export type ElementObject =
  | typeof SERVICE_IPS
  | typeof SERVICE_NODEPORTS
  | typeof NO_ENDPOINT_SERVICES
  | typeof NO_ENDPOINT_NODEPORTS
  | typeof CLUSTER_IPS
  | typeof HAIRPIN_ENDPOINTS
  | typeof FIREWALLED
  | typeof ALLOWED_SOURCES
  | `${Protocol}-affinity-services`
  | `${Protocol}-affinity-nodeports`
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
  FIREWALLED,
  ALLOWED_SOURCES,
  ...PROTOCOLS.map(affinityServices),
  ...PROTOCOLS.map(affinityNodePorts),
]

/** Counters of packets: those dropped because they belong to no connection, and first ones to node ports on 127.0.0.1. */
export const INVALID_PACKETS = 'invalid-packets'
export const LOCALHOST_PACKETS = 'localhost-packets'

/** The bit of the packet mark that asks for masquerading; kube-proxy's, so that the two look alike. */
export const MASQUERADE_MARK = '0x4000'

/** Refuses as upstream does: a closed port. */
export const REJECT_CHAIN = 'reject-chain'
export const MARK_FOR_MASQUERADE = 'mark-for-masquerade'

/** Where a chain's numbers of endpoints on this node begin, above those of the whole cluster. */
export const LOCAL_SLOTS = 32_768
