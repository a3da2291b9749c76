import {
  type CoreV1EndpointPort,
  controllerReference,
  type DiscoveryV1EndpointPort,
  type Endpoint,
  type EndpointAddress,
  type Endpoints,
  type EndpointSlice,
  type EndpointSubset,
  semanticEqual,
  type Service,
} from '../../api/index.ts'
import { hasSelector } from '../service-pods.ts'
import type { SliceWrites } from '../slice-writes.ts'

export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const CONTROLLER = 'endpointslicemirroring-controller.k8s.io'
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror'
const LEADER = 'control-plane.alpha.kubernetes.io/leader'

/** Addresses of a subset that are mirrored. */
export const CAPACITY = 1000

export interface PlanOptions {
  /** Undefined where there is none of the name. */
  readonly service: Service | undefined
  readonly endpoints: Endpoints | undefined
  /** The slices this controller has made for them. */
  readonly existing: readonly EndpointSlice[]
}

/**
 * One slice for each address family and set of ports of the Endpoints; none where the Service has a selector, and slices of its
 * own with it. Source: pkg/controller/endpointslicemirroring.
 */
export function plan({ service, endpoints, existing }: PlanOptions): SliceWrites {
  if (!service || !endpoints || !isMirrored(service, endpoints)) return { create: [], update: [], delete: existing }
  const groups = groupsOf(endpoints)
  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const kept = new Set<EndpointSlice>()
  for (const [key, group] of groups) {
    const wanted = sliceOf(endpoints, group)
    const known = existing.find((slice) => keyOf(slice.addressType, slice.ports) === key)
    if (known) kept.add(known)
    if (!known) create.push(wanted)
    else if (!isSame(known, wanted)) update.push(updated(known, wanted))
  }
  return { create, update, delete: existing.filter((slice) => !kept.has(slice)) }
}

export const isMirrored = (service: Service, { metadata }: Endpoints): boolean =>
  !hasSelector(service) &&
  !service.metadata.deletionTimestamp &&
  !metadata.deletionTimestamp &&
  metadata.labels?.[SKIP_MIRROR] !== 'true' &&
  metadata.annotations?.[LEADER] === undefined

/** How many addresses are too many to be mirrored; 0 when all are. */
export const skipped = ({ subsets = [] }: Endpoints): number =>
  subsets.reduce((sum, subset) => sum + Math.max(0, endpointsOf(subset).length - CAPACITY), 0)

type Group = Pick<EndpointSlice, 'addressType'> & { readonly ports: DiscoveryV1EndpointPort[]; readonly endpoints: Endpoint[] }

function groupsOf({ subsets = [] }: Endpoints): Map<string, Group> {
  const groups = new Map<string, Group>()
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(mirrorPort)
    for (const endpoint of endpointsOf(subset).slice(0, CAPACITY)) {
      const addressType = endpoint.addresses[0]?.includes(':') ? 'IPv6' : 'IPv4'
      const key = keyOf(addressType, ports)
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] }
      group.endpoints.push(endpoint)
      groups.set(key, group)
    }
  }
  return groups
}

const endpointsOf = ({ addresses = [], notReadyAddresses = [] }: EndpointSubset): Endpoint[] => [
  ...addresses.map((address) => mirror(address, true)),
  ...notReadyAddresses.map((address) => mirror(address, false)),
]

const mirror = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname ? { hostname } : {}),
  ...(nodeName ? { nodeName } : {}),
  ...(targetRef ? { targetRef } : {}),
})

const mirrorPort = ({ name = '', port, protocol = 'TCP', appProtocol }: CoreV1EndpointPort): DiscoveryV1EndpointPort => ({
  name,
  port,
  protocol,
  ...(appProtocol ? { appProtocol } : {}),
})

/** One string for an address family and ports in any order. */
const keyOf = (addressType: string, ports: readonly DiscoveryV1EndpointPort[] = []): string =>
  [
    addressType,
    ...ports.map(({ name, protocol, port, appProtocol }) => JSON.stringify([name, protocol, port, appProtocol])).sort(),
  ].join('|')

function sliceOf(owner: Endpoints, group: Group): EndpointSlice {
  const { name = '', namespace, labels, annotations = {} } = owner.metadata
  const passed = Object.entries(annotations).filter(([key]) => !NOT_PASSED_ON.has(key))
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
      annotations: Object.fromEntries(passed),
      ownerReferences: [controllerReference(owner)],
    },
    ...group,
  }
}

const NOT_PASSED_ON = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
])

const updated = (known: EndpointSlice, { metadata: { labels, annotations, ownerReferences }, endpoints }: EndpointSlice) => ({
  ...known,
  metadata: { ...known.metadata, labels, annotations, ownerReferences },
  endpoints,
})

function isSame(known: EndpointSlice, wanted: EndpointSlice): boolean {
  const { labels, annotations = {}, ownerReferences } = known.metadata
  return (
    semanticEqual(known.endpoints, wanted.endpoints) &&
    semanticEqual(labels, wanted.metadata.labels) &&
    semanticEqual(annotations, wanted.metadata.annotations) &&
    ownerReferences?.[0]?.uid === wanted.metadata.ownerReferences?.[0]?.uid
  )
}
