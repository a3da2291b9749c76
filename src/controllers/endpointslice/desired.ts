import type { DiscoveryV1EndpointPort, Endpoint, Node, Pod, Service } from '../../api/index.ts'
import { isPodReady } from '../../api/index.ts'
import { planZoneHints, type ZoneShares } from './zone-hints.ts'
import { addressOf, type AddressType, addressTypesOf, canBeEndpoint, targetPortOn } from '../service-pods.ts'

/** Endpoints whose Pods agree on what the Service's ports are: they can share slices. */
export interface PortGroup {
  readonly addressType: AddressType
  readonly ports: readonly DiscoveryV1EndpointPort[]
  /** By address. */
  readonly endpoints: ReadonlyMap<string, Endpoint>
}

export interface DesiredOptions {
  readonly service: Service
  /** Those that the Service selects. */
  readonly pods: readonly Pod[]
  /** Undefined for a name that isn't known. */
  readonly nodeOf: (name: string) => Node | undefined
  /** For a Service that wants its endpoints divided among zones; see zone-hints.ts. */
  readonly zones?: ZoneShares
}

export interface Desired {
  /** What the slices of a Service should hold, per address family and set of ports. Empty when nothing is selected. */
  readonly groups: readonly PortGroup[]
  /** Of a Service that wants its endpoints divided among zones: why those of a family aren't; undefined when they are. */
  readonly undivided: ReadonlyMap<AddressType, string | undefined>
}

export function desiredGroups({ service, pods, nodeOf, zones }: DesiredOptions): Desired {
  const groups = new Map<string, Group>()
  for (const addressType of addressTypesOf(service)) {
    for (const pod of pods) {
      const address = addressOf(pod, addressType)
      if (!canBeEndpoint(pod) || address === undefined || isLost(service, pod, nodeOf)) continue
      const ports = portsOn(service, pod)
      const key = groupKey(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: new Map<string, Endpoint>() }
      group.endpoints.set(address, endpointOf(service, pod, address, nodeOf))
      groups.set(key, group)
    }
  }
  const undivided = new Map<AddressType, string | undefined>()
  for (const addressType of zones ? addressTypesOf(service) : []) {
    const family = [...groups.values()].filter((group) => group.addressType === addressType)
    if (zones) undivided.set(addressType, divide(family, zones))
  }
  return { groups: [...groups.values()], undivided }
}

/** Pods of a node that isn't there any more lead nowhere; who wants them nevertheless has said so. */
const isLost = ({ spec }: Service, pod: Pod, nodeOf: DesiredOptions['nodeOf']): boolean =>
  spec?.publishNotReadyAddresses !== true && Boolean(pod.spec?.nodeName) && nodeOf(pod.spec?.nodeName ?? '') === undefined

type Group = PortGroup & { readonly endpoints: Map<string, Endpoint> }

/** Tells the endpoints of one address family which zone they are meant for, where that can be said of all of them; or why not. */
function divide(groups: readonly Group[], zones: ZoneShares): string | undefined {
  const plan = planZoneHints(
    groups.flatMap(({ endpoints }) => [...endpoints.values()]),
    zones,
  )
  if ('reason' in plan) return plan.reason
  for (const { endpoints } of groups)
    for (const [address, endpoint] of endpoints) {
      const zone = plan.hints.get(address)
      if (zone !== undefined) endpoints.set(address, { ...endpoint, hints: { forZones: [{ name: zone }] } })
    }
  return undefined
}

/** One string for an address family and ports in any order. */
export const groupKey = (addressType: string, ports: readonly DiscoveryV1EndpointPort[] | undefined): string =>
  [
    addressType,
    ...(ports ?? []).map((port) => JSON.stringify([port.name, port.protocol, port.port, port.appProtocol])).sort(),
  ].join('|')

function portsOn(service: Service, pod: Pod): DiscoveryV1EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOn(pod, port)
    if (number === undefined) return []
    const { name = '', protocol = 'TCP', appProtocol } = port
    return [{ name, port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }]
  })
}

/** Source: staging/src/k8s.io/endpointslice/utils.go podToEndpoint. */
function endpointOf(service: Service, pod: Pod, address: string, nodeOf: DesiredOptions['nodeOf']): Endpoint {
  const { namespace, name, uid, deletionTimestamp } = pod.metadata
  const serving = isPodReady(pod)
  const terminating = deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const nodeName = pod.spec?.nodeName
  const zone = nodeName === undefined ? undefined : nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone']
  const hostname = pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(ready ? hintsOf(service, { nodeName, zone }) : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  }
}

const NEAR = ['PreferClose', 'PreferSameZone', 'PreferSameNode']

/** For whom an endpoint is meant under `trafficDistribution` (KEP-4444, KEP-3015). Source: endpointslice/trafficdist. */
function hintsOf({ spec }: Service, { nodeName, zone }: Pick<Endpoint, 'nodeName' | 'zone'>): Pick<Endpoint, 'hints'> {
  const distribution = spec?.trafficDistribution ?? ''
  const forZones = zone !== undefined && NEAR.includes(distribution) ? { forZones: [{ name: zone }] } : undefined
  const forNodes = nodeName !== undefined && distribution === 'PreferSameNode' ? { forNodes: [{ name: nodeName }] } : undefined
  return forZones || forNodes ? { hints: { ...forNodes, ...forZones } } : {}
}
