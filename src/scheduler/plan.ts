import type { Pod } from '../api/index.ts'
import type { Cluster, Filter, Misfit, Place, Score } from './cluster.ts'
import { hasPorts, hasRoom, hasVolumes, isAskedFor, isNamed, isOpen, isTolerated } from './node-filters.ts'
import { balanceScore, imageScore, preferenceScore, roomScore, welcomeScore } from './node-scores.ts'
import { companyScore, isInCompany } from './pod-affinity.ts'
import { isSpread, spreadScore } from './topology-spread.ts'
import { whyNot, whyNowhere } from './why-not.ts'

export type Decision = { readonly node: string } | { readonly message: string }

/** Upstream's default profile, in its order: what a node is asked, and how much each answer weighs. */
const FILTERS: readonly Filter[] = [
  isNamed,
  isOpen,
  isTolerated,
  isAskedFor,
  hasPorts,
  hasRoom,
  hasVolumes,
  isSpread,
  isInCompany,
]
const SCORES: readonly (readonly [score: Score, weight: number])[] = [
  [welcomeScore, 3],
  [preferenceScore, 2],
  [roomScore, 1],
  [spreadScore, 2],
  [companyScore, 2],
  [balanceScore, 1],
  [imageScore, 1],
]

/**
 * The node for a Pod: of those that it fits on, the one with the highest score, then with the fewest Pods, then the first by
 * name. Or why there is none, in upstream's words.
 */
export function schedule(pod: Pod, cluster: Cluster): Decision {
  const { obstacle, places } = cluster
  if (obstacle && 'anywhere' in obstacle) return { message: whyNowhere(pod, places.length, obstacle.anywhere) }
  const filters = FILTERS.map((filter) => filter(pod, cluster))
  const misfits: Misfit[] = []
  const fitting = places.filter((place) => {
    const found = firstOf(filters, place)
    if (found) misfits.push(found)
    return !found
  })
  return fitting.length === 0 ? { message: whyNot(pod, misfits) } : { node: best(pod, cluster, fitting) }
}

function firstOf(filters: readonly ReturnType<Filter>[], place: Place): Misfit | undefined {
  for (const filter of filters) {
    const found = filter(place)
    if (found) return found
  }
  return undefined
}

function best(pod: Pod, cluster: Cluster, fitting: readonly Place[]): string {
  const totals = fitting.map(() => 0)
  for (const [score, weight] of SCORES) score(pod, cluster, fitting).forEach((points, i) => (totals[i]! += points * weight))
  const ranked = fitting.map(({ node, use }, i) => ({ name: node.metadata.name ?? '', pods: use.pods, total: totals[i]! }))
  ranked.sort((a, b) => b.total - a.total || a.pods - b.pods || (a.name < b.name ? -1 : 1))
  return ranked[0]?.name ?? ''
}
