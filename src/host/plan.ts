import type { EndpointSlice, Node, Service } from '../api/index.ts'
import { isIPv6 } from '../lib/index.ts'
import type { Exposed } from './exposed.ts'

export const MANAGED_BY = 'host.portolan.dev'
const SERVICE_NAME = 'kubernetes.io/service-name'
const MANAGER = 'endpointslice.kubernetes.io/managed-by'

/**
 * Which TCP ports of the host's 127.0.0.1 lead to the cluster, and to which nodes, in the order in which they are tried: every
 * node port, as on a node's own 127.0.0.1. Under `externalTrafficPolicy: Local` only nodes with a ready endpoint answer. A Service of
 * IPv6 alone is led to by the nodes' IPv6 addresses, where its node port is.
 */
export function planNodePorts(
  services: readonly Service[],
  slicesOf: (service: Service) => readonly EndpointSlice[],
  nodes: readonly Node[],
): ReadonlyMap<number, readonly string[]> {
  const ports = new Map<number, readonly string[]>()
  const ready = nodes.filter(isReady).toSorted(byName)
  for (const service of services) {
    const numbers = (service.spec?.ports ?? []).flatMap(({ nodePort, protocol = 'TCP' }) =>
      nodePort && protocol === 'TCP' ? [nodePort] : [],
    )
    if (numbers.length === 0) continue
    const local = service.spec?.externalTrafficPolicy === 'Local'
    const having = local ? nodesWithEndpoint(slicesOf(service)) : undefined
    const { ipFamilies = ['IPv4'] } = service.spec ?? {}
    const isAsked = (address: string): boolean => isIPv6(address) !== ipFamilies.includes('IPv4')
    const addresses = ready
      .filter(({ metadata }) => !having || having.has(metadata.name ?? ''))
      .flatMap((node) => addressesOf(node).filter(isAsked))
    for (const number of numbers) ports.set(number, addresses)
  }
  return ports
}

const isReady = ({ status }: Node): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True')
const byName = (a: Node, b: Node): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
const addressesOf = ({ status }: Node): string[] =>
  (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []))

const nodesWithEndpoint = (slices: readonly EndpointSlice[]): ReadonlySet<string> =>
  new Set(
    slices.flatMap(({ endpoints }) =>
      (endpoints ?? []).flatMap(({ nodeName, conditions }) => (nodeName && conditions?.ready !== false ? [nodeName] : [])),
    ),
  )

/** Where the cluster finds an exposed program: a port of this process. */
export interface Door extends Exposed {
  readonly address: string
  readonly port: number
}

export const familyOf = (address: string): 'IPv4' | 'IPv6' => (isIPv6(address) ? 'IPv6' : 'IPv4')

/** One slice for each Service that has doors, and each family in which it has some: each door is one endpoint of one port. */
export function planSlices(doors: readonly Door[]): readonly EndpointSlice[] {
  const bySlice = Map.groupBy(doors, ({ service, address }) => `${service} ${familyOf(address)}`)
  return [...bySlice.values()].map((all) => {
    const { service, address } = all[0]!
    const [namespace, serviceName = ''] = service.split('/')
    const name = `${serviceName}-host${isIPv6(address) ? '-ipv6' : ''}`
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name, namespace, labels: { [SERVICE_NAME]: serviceName, [MANAGER]: MANAGED_BY } },
      addressType: familyOf(address),
      endpoints: [{ addresses: [address], conditions: { ready: true, serving: true, terminating: false } }],
      ports: all.map(({ portName, port }) => ({ name: portName, port, protocol: 'TCP' })),
    }
  })
}

/** Whether a slice was made of {@link planSlices}. */
export const isOurs = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[MANAGER] === MANAGED_BY
