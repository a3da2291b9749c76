import type { Node } from '../../api/index.ts'

const REGION = 'topology.kubernetes.io/region'
const ZONE = 'topology.kubernetes.io/zone'
/** Nodes with it don't count when it is asked how bad things are. */
const EXCLUDED = 'node.kubernetes.io/exclude-disruption'

/** As upstream's flags of the same names: milliseconds between evictions from two nodes of a zone, and when a zone counts as large. */
const USUAL_GAP = 10_000
const REDUCED_GAP = 100_000
const LARGE = 50
const UNHEALTHY = 0.55

/** How fast nodes of each zone may be emptied. */
export interface Pace {
  /** Milliseconds between two nodes of a zone; Infinity when none may be emptied. */
  readonly gapIn: (zone: string) => number
  /** Whether no node at all is well: then it is more likely that we are the ones who can't see. */
  readonly isBlind: boolean
}

/** The failure domain of a node; the empty one where it doesn't say. */
export const zoneOf = ({ metadata }: Node): string => `${metadata.labels?.[REGION] ?? ''}/${metadata.labels?.[ZONE] ?? ''}`

export const isReady = ({ status }: Node): boolean =>
  (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True')

/** Source: pkg/controller/nodelifecycle ComputeZoneState, handleDisruption, ReducedQPSFunc. */
export function paceOf(nodes: readonly Node[]): Pace {
  const zones = Map.groupBy(
    nodes.filter(({ metadata }) => !(EXCLUDED in (metadata.labels ?? {}))),
    zoneOf,
  )
  return {
    isBlind: zones.size > 0 && zones.values().every((zone) => !zone.some(isReady)),
    gapIn: (zone) => gapOf(zones.get(zone) ?? []),
  }
}

function gapOf(zone: readonly Node[]): number {
  const lost = zone.filter((node) => !isReady(node)).length
  const isPartial = lost < zone.length && lost > 2 && lost / zone.length >= UNHEALTHY
  if (!isPartial) return USUAL_GAP
  return zone.length > LARGE ? REDUCED_GAP : Infinity
}

/** Lets one node of a zone be emptied after the other. */
export class Turns {
  readonly #last = new Map<string, number>()

  /** Whether it is a zone's turn `now`, in milliseconds; then the next one is `gap` later. */
  take(zone: string, gap: number, now: number): boolean {
    if (now - (this.#last.get(zone) ?? -Infinity) < gap || gap === Infinity) return false
    this.#last.set(zone, now)
    return true
  }
}
