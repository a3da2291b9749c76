import type { Endpoint, EndpointSlice, Service } from '../../api/index.ts'
import { controllerReference, semanticEqual } from '../../api/index.ts'
import { type AddressType, addressTypesOf } from '../service-pods.ts'
import { type Desired, type DesiredOptions, desiredGroups, groupKey, type PortGroup } from './desired.ts'
import { LAST_CHANGE, withTriggerTimes } from './trigger-time.ts'
import type { SliceWrites } from '../slice-writes.ts'

export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const CONTROLLER = 'endpointslice-controller.k8s.io'
const HEADLESS = 'service.kubernetes.io/headless'

export interface PlanOptions extends DesiredOptions {
  /** The slices this controller has made for the Service. */
  readonly existing: readonly EndpointSlice[]
  /** How many endpoints fit in a slice; 100 as upstream. */
  readonly capacity?: number
}

/**
 * The writes after which a Service's slices hold what they should, as few as there can be: a slice whose content is right is
 * left alone, new endpoints go where something changes anyway, then where there is room, then into new slices. A Service that
 * selects nothing has one empty slice. Source: staging/src/k8s.io/endpointslice/reconciler.go.
 */
export function plan(options: PlanOptions): SliceWrites & Pick<Desired, 'undivided'> {
  const { service, existing, capacity = 100 } = options
  const desired = desiredGroups(options)
  const groups = new Map(desired.groups.map((group) => [groupKey(group.addressType, group.ports), group]))
  for (const addressType of addressTypesOf(service))
    if (![...groups.values()].some((group) => group.addressType === addressType)) addEmpty(groups, addressType)

  const create: EndpointSlice[] = []
  const update: EndpointSlice[] = []
  const remove: EndpointSlice[] = existing.filter((slice) => !groups.has(groupKey(slice.addressType, slice.ports)))
  for (const [key, group] of groups) {
    const slices = existing.filter((slice) => groupKey(slice.addressType, slice.ports) === key)
    const result = planGroup({ service, group, slices, capacity })
    create.push(...result.create)
    update.push(...result.update)
    remove.push(...result.delete)
  }
  const [created, updated] = [withTriggerTimes(create, options), withTriggerTimes(update, options)]
  return { create: created, update: updated, delete: remove, undivided: desired.undivided }
}

const addEmpty = (groups: Map<string, PortGroup>, addressType: AddressType): unknown =>
  groups.set(groupKey(addressType, []), { addressType, ports: [], endpoints: new Map() })

interface Filling {
  readonly slice: EndpointSlice
  readonly endpoints: Endpoint[]
  changed: boolean
}

function planGroup({
  service,
  group,
  slices,
  capacity,
}: {
  service: Service
  group: PortGroup
  slices: readonly EndpointSlice[]
  capacity: number
}): SliceWrites {
  const missing = new Map(group.endpoints)
  const metadata = metadataOf(service)
  const fillings = slices.map((slice) => keep(slice, missing, sameMetadata(slice, metadata)))
  const unplaced = place([...missing.values()], fillings, capacity)

  const create: EndpointSlice[] = []
  for (let start = 0; start < unplaced.length; start += capacity)
    create.push(newSlice(service, group, unplaced.slice(start, start + capacity)))
  if (group.endpoints.size === 0 && fillings.length === 0) create.push(newSlice(service, group, []))

  const emptied = fillings.filter((filling, i) => filling.endpoints.length === 0 && (group.endpoints.size > 0 || i > 0))
  const changed = fillings.filter((filling) => filling.changed && !emptied.includes(filling))
  return {
    create,
    update: changed.map(({ slice, endpoints }) => {
      const { annotations: _, ...rest } = slice.metadata
      return { ...slice, metadata: { ...rest, ...metadata }, endpoints }
    }),
    delete: emptied.map((filling) => filling.slice),
  }
}

/** What of a slice stays; what it keeps is taken out of `missing`. */
function keep(slice: EndpointSlice, missing: Map<string, Endpoint>, metadataIsRight: boolean): Filling {
  const endpoints: Endpoint[] = []
  let changed = !metadataIsRight
  for (const endpoint of slice.endpoints ?? []) {
    const address = endpoint.addresses[0] ?? ''
    const wanted = missing.get(address)
    missing.delete(address)
    if (wanted) endpoints.push(wanted)
    if (!wanted || !sameEndpoint(wanted, endpoint)) changed = true
  }
  return { slice, endpoints, changed }
}

/** Slices that change anyway are filled first; then, if what is left over fits into one, that. Answers what fits nowhere. */
function place(endpoints: Endpoint[], fillings: readonly Filling[], capacity: number): readonly Endpoint[] {
  for (const filling of fillings.filter((candidate) => candidate.changed)) {
    filling.endpoints.push(...endpoints.splice(0, capacity - filling.endpoints.length))
  }
  const rest = endpoints.length % capacity
  const roomy = fillings.filter((candidate) => candidate.endpoints.length + rest <= capacity)
  const fullest = roomy.sort((a, b) => b.endpoints.length - a.endpoints.length)[0]
  if (rest > 0 && fullest) {
    fullest.endpoints.push(...endpoints.splice(0, rest))
    fullest.changed = true
  }
  return endpoints
}

function newSlice(service: Service, { addressType, ports }: PortGroup, endpoints: readonly Endpoint[]): EndpointSlice {
  const { name, namespace } = service.metadata
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { generateName: `${name}-`, namespace, ...metadataOf(service), ownerReferences: [controllerReference(service)] },
    addressType,
    ports,
    endpoints,
  }
}

/** A Service's own labels and annotations go to its slices, for consumers that watch only those. */
function metadataOf(service: Service): { labels: Record<string, string>; annotations?: Record<string, string> } {
  const { labels = {}, annotations = {}, name = '' } = service.metadata
  const passed = Object.entries(annotations).filter(([key]) => !NOT_PASSED_ON.has(key))
  const headless: Record<string, string> = service.spec?.clusterIP === 'None' ? { [HEADLESS]: '' } : {}
  const { [HEADLESS]: _, ...own } = labels
  return {
    labels: { ...own, ...headless, [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
    ...(passed.length > 0 ? { annotations: Object.fromEntries(passed) } : {}),
  }
}

const NOT_PASSED_ON = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  LAST_CHANGE,
  'control-plane.alpha.kubernetes.io/leader',
])

function sameMetadata({ metadata }: EndpointSlice, wanted: ReturnType<typeof metadataOf>): boolean {
  const { [LAST_CHANGE]: _, ...annotations } = metadata.annotations ?? {}
  return sameMap(metadata.labels, wanted.labels) && sameMap(annotations, wanted.annotations)
}

function sameMap(a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}

function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    a.hostname === b.hostname &&
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    semanticEqual(a.hints, b.hints) &&
    a.targetRef?.uid === b.targetRef?.uid
  )
}
