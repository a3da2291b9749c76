import type { EndpointSlice, Lease, Node, Service } from '../../api/index.ts'

export const CONDITION = 'Programmed'
/** As the nodes' proxies write it: `{"services":"120","endpointSlices":"131"}`. */
const ANNOTATION = 'portolan.dev/programmed'

/** Up to which revisions every ready node's kernel holds what Services and EndpointSlices say. */
export interface Held {
  readonly services: bigint
  readonly endpointSlices: bigint
}

/** Undefined while there is no ready node, or one that hasn't said: then nothing is known to be programmed. */
export function heldByAll(nodes: readonly Node[], leaseOf: (node: string) => Lease | undefined): Held | undefined {
  let all: Held | undefined
  for (const { metadata } of nodes.filter(isReady)) {
    const held = heldBy(leaseOf(metadata.name ?? ''))
    if (!held) return undefined
    all = all
      ? { services: least(all.services, held.services), endpointSlices: least(all.endpointSlices, held.endpointSlices) }
      : held
  }
  return all
}

function heldBy(lease: Lease | undefined): Held | undefined {
  try {
    const { services, endpointSlices } = JSON.parse(lease?.metadata.annotations?.[ANNOTATION] ?? '')
    return { services: BigInt(services), endpointSlices: BigInt(endpointSlices) }
  } catch {
    return undefined
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

const isReady = ({ status }: Node): boolean =>
  (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True')

/** Whether somebody may wait for this Service, and in vain so far. Those of another proxy are its own matter. */
export function isAwaited({ metadata, status }: Service): boolean {
  if (metadata.labels && 'service.kubernetes.io/service-proxy-name' in metadata.labels) return false
  return !(status?.conditions ?? []).some((condition) => condition.type === CONDITION && condition.status === 'True')
}

/**
 * Whether the nodes hold the Service as it is, with the endpoints that it has. A Service with a selector has at least one slice
 * as soon as its endpoints were looked for; before, the nodes can't know where it leads. What has no rules needs none.
 */
export function isProgrammed(service: Service, slices: readonly EndpointSlice[], held: Held | undefined): boolean {
  const { clusterIP, selector, type } = service.spec ?? {}
  if (type === 'ExternalName' || !clusterIP || clusterIP === 'None') return true
  if (!held || revisionOf(service) > held.services) return false
  const selects = Object.keys(selector ?? {}).length > 0
  if (selects && (slices.length === 0 || !slices.every((slice) => isOf(service, slice)))) return false
  return slices.every((slice) => revisionOf(slice) <= held.endpointSlices)
}

/** Whether a slice was made for the Service's ports as they are: a target port that is a number is the endpoints' port. */
const isOf = ({ spec }: Service, { endpoints, ports }: EndpointSlice): boolean =>
  (endpoints ?? []).length === 0 ||
  (spec?.ports ?? []).every(({ name = '', port, targetPort = port }) => {
    const found = (ports ?? []).find((each) => (each.name ?? '') === name)
    return typeof targetPort === 'string' || found?.port === targetPort
  })

const revisionOf = ({ metadata }: Service | EndpointSlice): bigint => BigInt(metadata.resourceVersion ?? 0)
