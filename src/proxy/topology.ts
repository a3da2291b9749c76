import type { Endpoint, EndpointSlice, Service, ServicePort } from '../api/index.ts'

/** One place a connection can go: `10.244.0.5` and `8080`. */
export interface Target {
  readonly address: string
  readonly port: number
  readonly local: boolean
}

/** The endpoints that each kind of traffic to one Service port may use, in a stable order. */
export interface Targets {
  /** By `internalTrafficPolicy`: for packets to the cluster IP. */
  readonly internal: readonly Target[]
  /** By `externalTrafficPolicy`: for packets to node ports, external and load balancer addresses. */
  readonly external: readonly Target[]
}

interface Candidate extends Target {
  readonly ready: boolean
  readonly serving: boolean
}

/**
 * Which endpoints serve a Service port on the node called `node` (upstream: pkg/proxy/topology.go). Ready ones; when
 * there are none, those that are terminating but still serve (KEP-1669), for the `Local` policies among this node's own.
 */
export function targetsOf(service: Service, port: ServicePort, slices: readonly EndpointSlice[], node: string): Targets {
  const candidates = candidatesOf(port, slices, node)
  const cluster = usable(candidates)
  const local = usable(candidates.filter((candidate) => candidate.local))
  return {
    internal: service.spec?.internalTrafficPolicy === 'Local' ? local : cluster,
    external: service.spec?.externalTrafficPolicy === 'Local' ? local : cluster,
  }
}

function usable(candidates: readonly Candidate[]): readonly Target[] {
  const ready = candidates.filter((candidate) => candidate.ready)
  return ready.length > 0 ? ready : candidates.filter((candidate) => candidate.serving)
}

/** An endpoint may stand in two slices while it moves; it counts once, and as ready if it is so in either. */
function candidatesOf(port: ServicePort, slices: readonly EndpointSlice[], node: string): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const slice of slices) {
    const number = slicePort(slice, port)
    if (number === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      const candidate = candidateOf(endpoint, number, node)
      const key = `${candidate.address}:${number}`
      if (!found.get(key)?.ready) found.set(key, candidate)
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate)
}

/** A slice's port belongs to the Service port of the same name and protocol; undefined when it has none. */
function slicePort(slice: EndpointSlice, port: ServicePort): number | undefined {
  const protocol = port.protocol ?? 'TCP'
  return slice.ports?.find(
    (candidate) => (candidate.name ?? '') === (port.name ?? '') && (candidate.protocol ?? 'TCP') === protocol,
  )?.port
}

/** Conditions that are left out count as upstream's API says: ready unless said otherwise, serving as ready. */
function candidateOf(endpoint: Endpoint, port: number, node: string): Candidate {
  const { ready = true, serving = ready } = endpoint.conditions ?? {}
  return { address: endpoint.addresses[0] ?? '', port, local: endpoint.nodeName === node, ready, serving }
}
