import { type Endpoint, type Node, quantityMilliValue, type Service } from '../../api/index.ts'

const ZONE = 'topology.kubernetes.io/zone'
const MODES = ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints']
const NOT_COUNTED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master']
/** How much more than its share of traffic an endpoint may get. */
const OVERLOAD = 0.2

/** Whether a Service wants its endpoints divided among zones. `trafficDistribution` is the newer wish and goes before. */
export function wantsZoneHints({ metadata, spec }: Service): boolean {
  if (spec?.trafficDistribution) return false
  return MODES.some((mode) => /^[Aa]uto$/.test(metadata.annotations?.[mode] ?? ''))
}

/** The share of all CPUs that each zone's ready nodes have, or why it isn't known. */
export type ZoneShares = { readonly shares: ReadonlyMap<string, number> } | { readonly reason: string }

export function zoneShares(nodes: readonly Node[]): ZoneShares {
  const cpus = new Map<string, number>()
  for (const { metadata, status } of nodes.filter(isCounted)) {
    const zone = metadata.labels?.[ZONE]
    const cpu = quantityMilliValue(status?.allocatable?.['cpu'] ?? 0)
    if (!zone || cpu === 0)
      return { reason: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes' }
    cpus.set(zone, (cpus.get(zone) ?? 0) + cpu)
  }
  const all = cpus.values().reduce((sum, cpu) => sum + cpu, 0)
  if (cpus.size < 2)
    return { reason: 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes' }
  return { shares: new Map([...cpus].map(([zone, cpu]) => [zone, cpu / all])) }
}

const isCounted = ({ metadata, status }: Node): boolean =>
  !NOT_COUNTED.some((label) => label in (metadata.labels ?? {})) &&
  (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True')

/** The zone each endpoint is meant for, by its address, or why nothing is said; upstream's words. */
export type ZoneHints = { readonly hints: ReadonlyMap<string, string> } | { readonly reason: string }

/**
 * Divides the ready endpoints of one address family among zones: each keeps its own zone, but where a zone has more than its
 * nodes' share, as many as it takes go to zones that have less (KEP-2433). Nothing is said when that would overload anybody.
 * Pure, and the same for the same endpoints in any order. Source: staging/src/k8s.io/endpointslice/topologycache.
 */
export function planZoneHints(endpoints: readonly Endpoint[], zones: ZoneShares): ZoneHints {
  if ('reason' in zones) return zones
  const ready = endpoints.filter(({ conditions }) => conditions?.ready).toSorted(byAddress)
  const counted = `(${ready.length} endpoints, ${zones.shares.size} zones)`
  if (ready.length < zones.shares.size) return { reason: `Insufficient number of endpoints ${counted}` }
  const wanted = allocate(ready.length, zones.shares)
  if (!wanted)
    return {
      reason: `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${counted}`,
    }
  if (ready.some(({ zone }) => !zone)) return { reason: 'One or more endpoints do not have a zone specified' }
  const hints = new Map(ready.map(({ addresses, zone = '' }) => [addresses[0] ?? '', zone]))
  const moves = movesBetween(
    wanted,
    Map.groupBy(ready, ({ zone = '' }) => zone),
  )
  for (const { addresses, zone = '' } of ready) {
    const move = moves.find(({ from }) => from === zone)
    if (!move) continue
    hints.set(addresses[0] ?? '', move.to)
    moves.splice(moves.indexOf(move), 1)
  }
  return { hints }
}

/** How many endpoints each zone should have, a fraction; undefined when there are too few to give each zone its least. */
function allocate(count: number, shares: ReadonlyMap<string, number>): ReadonlyMap<string, number> | undefined {
  const least = (share: number): number => Math.ceil((share * count) / (1 + OVERLOAD))
  const needed = shares.values().reduce((sum, share) => sum + least(share), 0)
  if (needed > count) return undefined
  return new Map([...shares].map(([zone, share]) => [zone, Math.max(share * count, least(share))]))
}

/** Whole endpoints that go from zones with too many to zones with too few, the largest need first. */
function movesBetween(wanted: ReadonlyMap<string, number>, present: ReadonlyMap<string, readonly Endpoint[]>) {
  const surplus = new Map([...wanted].map(([zone, target]) => [zone, (present.get(zone)?.length ?? 0) - target]))
  const moves: { readonly from: string; readonly to: string }[] = []
  for (;;) {
    const order = [...surplus].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    const [from, spare] = order[0]!
    const [to, less] = order.at(-1)!
    const need = -less
    if (spare < 0.5 || need < 0.5 || (spare < 1 && need < 1)) return moves
    moves.push({ from, to })
    surplus.set(from, spare - 1)
    surplus.set(to, less + 1)
  }
}

const byAddress = (a: Endpoint, b: Endpoint): number => ((a.addresses[0] ?? '') < (b.addresses[0] ?? '') ? -1 : 1)
