import { canonicalAddress, isUnreachable } from './addresses.ts'
import type { Endpoint, EndpointSlice, ServicePort } from '../../api/index.ts'

/** One place a connection can go: `10.244.0.5` and `8080`. */
export interface Target {
  readonly address: string
  readonly port: number
  readonly local: boolean
}

/** The node that a plan is made for; `zone` is its label topology.kubernetes.io/zone. */
export interface Place {
  readonly nodeName: string
  readonly zone?: string | undefined
}

/** The endpoints of one Service port as one node sees them, each list in a stable order. */
export interface Targets {
  /** For the policy Cluster: those near by where hints say so, else all. */
  readonly cluster: readonly Target[]
  /** For the policy Local: this node's own. */
  readonly local: readonly Target[]
  /** Those that established flows may stay with, wherever they are. */
  readonly serving: readonly Target[]
  /** Whether there is an endpoint anywhere. */
  readonly any: boolean
}

interface Candidate extends Target {
  readonly ready: boolean
  readonly serving: boolean
  readonly terminating: boolean
  readonly forNodes: readonly string[]
  readonly forZones: readonly string[]
}

/**
 * Which endpoints serve a Service port (upstream: pkg/proxy/topology.go). Ready ones; when there are none, those that are
 * terminating but still serve (KEP-1669), for the policy Local among this node's own.
 */
export function targetsOf(port: ServicePort, slices: readonly EndpointSlice[], place: Place): Targets {
  const candidates = candidatesOf(port, slices, place.nodeName)
  return {
    cluster: usable(candidates, nearBy(candidates, place)),
    local: usable(candidates.filter((candidate) => candidate.local)),
    serving: candidates.filter((candidate) => candidate.serving),
    any: usable(candidates).length > 0,
  }
}

type Filter = (candidate: Candidate) => boolean

function usable(candidates: readonly Candidate[], near: Filter = () => true): readonly Target[] {
  const ready = candidates.filter((candidate) => candidate.ready && near(candidate))
  return ready.length > 0 ? ready : candidates.filter((candidate) => candidate.serving && candidate.terminating)
}

/**
 * Hints count when every ready endpoint has them and one is meant for here: those for nodes before those for zones
 * (KEP-2433, KEP-3015). Otherwise nothing is filtered, so hints never leave a node without an endpoint.
 */
function nearBy(candidates: readonly Candidate[], { nodeName, zone }: Place): Filter {
  const ready = candidates.filter((candidate) => candidate.ready)
  const forNode: Filter = ({ forNodes }) => forNodes.includes(nodeName)
  if (ready.every(({ forNodes }) => forNodes.length > 0) && ready.some(forNode)) return forNode
  const forZone: Filter = ({ forZones }) => zone !== undefined && forZones.includes(zone)
  if (ready.every(({ forZones }) => forZones.length > 0) && ready.some(forZone)) return forZone
  return () => true
}

/** Addresses that no endpoint can have are passed over. An endpoint may stand in two slices while it moves; it counts once, and as ready if it is so in either. */
function candidatesOf(port: ServicePort, slices: readonly EndpointSlice[], node: string): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const slice of slices) {
    const number = slicePort(slice, port)
    if (number === undefined) continue
    for (const endpoint of slice.endpoints ?? []) {
      const candidate = candidateOf(endpoint, number, node)
      if (isUnreachable(candidate.address)) continue
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
function candidateOf({ addresses, conditions, hints, nodeName }: Endpoint, port: number, node: string): Candidate {
  const { ready = true, serving = ready, terminating = false } = conditions ?? {}
  const forNodes = (hints?.forNodes ?? []).map(({ name }) => name)
  const forZones = (hints?.forZones ?? []).map(({ name }) => name)
  return {
    address: canonicalAddress(addresses[0] ?? ''),
    port,
    local: nodeName === node,
    ready,
    serving,
    terminating,
    forNodes,
    forZones,
  }
}
