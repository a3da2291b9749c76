import {
  type LabelPredicate,
  labelSelectorPredicate,
  matchesNodeAffinity,
  type Node,
  type Pod,
  repels,
  type TopologySpreadConstraint,
  untoleratedTaints,
} from '../api/index.ts'
import { BEST, type Filter, lastingMisfit, misfit, type Place, type Score } from './cluster.ts'

const HOSTNAME = 'kubernetes.io/hostname'

interface Constraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  readonly selects: LabelPredicate
  /** Whether the Pods of this node are counted. */
  readonly includes: (node: Node) => boolean
}

/**
 * Where a Pod's DoNotSchedule constraints let it go: nowhere where its domain would have more than maxSkew Pods more than the
 * emptiest. Source: pkg/scheduler/framework/plugins/podtopologyspread/filtering.go.
 */
export const isSpread: Filter = (pod, { places }) => {
  const constraints = constraintsOf(pod, 'DoNotSchedule')
  const counted = constraints.map((constraint) => {
    const domains = new Map<string, number>()
    for (const place of places) {
      if (!isInDomains(place.node, constraints) || !constraint.includes(place.node)) continue
      const value = place.node.metadata.labels?.[constraint.topologyKey] ?? ''
      domains.set(value, (domains.get(value) ?? 0) + matching(place, constraint, pod))
    }
    const emptiest = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values())
    return { ...constraint, domains, most: emptiest + constraint.maxSkew, own: constraint.selects(pod.metadata.labels) ? 1 : 0 }
  })
  return ({ node }) => {
    for (const { topologyKey, domains, most, own } of counted) {
      const value = node.metadata.labels?.[topologyKey]
      const what = "node(s) didn't match pod topology spread constraints"
      if (value === undefined) return lastingMisfit(`${what} (missing required label)`)
      if ((domains.get(value) ?? 0) + own > most) return misfit(what)
    }
    return undefined
  }
}

/** The fewer Pods like this one a domain has, the better; domains that are few count more. Source: podtopologyspread/scoring.go. */
export const spreadScore: Score = (pod, { places, siblings }, fitting) => {
  const own = (pod.spec?.topologySpreadConstraints ?? []).length > 0
  const constraints = own ? constraintsOf(pod, 'ScheduleAnyway') : defaults(siblings)
  if (constraints.length === 0) return fitting.map(() => 0)
  const takesPart = ({ node }: Place): boolean => !own || isInDomains(node, constraints)
  const compared = fitting.filter(takesPart)
  const raw = new Map(compared.map((place) => [place, 0]))
  for (const constraint of constraints) {
    const { topologyKey, maxSkew } = constraint
    const isHost = topologyKey === HOSTNAME
    const valueOf = ({ node }: Place): string | undefined => node.metadata.labels?.[topologyKey]
    const domains = new Map<string | undefined, number>(compared.map((place) => [valueOf(place), 0]))
    for (const place of places.filter((each) => takesPart(each) && (isHost || constraint.includes(each.node)))) {
      const before = domains.get(valueOf(place))
      if (before !== undefined) domains.set(valueOf(place), before + matching(place, constraint, pod))
    }
    const weight = Math.log((isHost ? compared.length : domains.size) + 2)
    for (const place of compared) {
      if (valueOf(place) === undefined) continue
      raw.set(place, (raw.get(place) ?? 0) + (domains.get(valueOf(place)) ?? 0) * weight + maxSkew - 1)
    }
  }
  const [least, most] = extremes([...raw.values()].map(Math.round))
  return fitting.map((place) => {
    const count = raw.get(place)
    if (count === undefined) return 0
    return most === 0 ? BEST : Math.trunc((BEST * (most + least - Math.round(count))) / most)
  })
}

const extremes = (numbers: readonly number[]): [least: number, most: number] => [Math.min(...numbers), Math.max(0, ...numbers)]

function constraintsOf(pod: Pod, whenUnsatisfiable: string): Constraint[] {
  const all = pod.spec?.topologySpreadConstraints ?? []
  return all.filter((one) => one.whenUnsatisfiable === whenUnsatisfiable).map((one) => constraintOf(pod, one))
}

/** The keys of labels stand for what the Pod has there. Source: KEP-3243; for the policies KEP-3094. */
function constraintOf(pod: Pod, constraint: TopologySpreadConstraint): Constraint {
  const { labelSelector, matchLabelKeys = [], topologyKey, maxSkew, minDomains = 1 } = constraint
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
  const same = matchLabelKeys.flatMap((key) => {
    const value = pod.metadata.labels?.[key]
    return value === undefined ? [] : [{ key, operator: 'In', values: [value] }]
  })
  const selects = labelSelectorPredicate(
    labelSelector && { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...same] },
  )
  const includes = (node: Node): boolean =>
    (nodeAffinityPolicy !== 'Honor' || matchesNodeAffinity(pod, node)) &&
    (nodeTaintsPolicy !== 'Honor' || !untoleratedTaints(pod, node.spec?.taints).some(repels))
  return { topologyKey, maxSkew, minDomains, selects, includes }
}

/** How Pods are spread that don't say. Source: podtopologyspread/plugin.go systemDefaultConstraints. */
function defaults(siblings: LabelPredicate | undefined): Constraint[] {
  if (!siblings) return []
  const shared = { minDomains: 1, selects: siblings, includes: () => true }
  return [
    { ...shared, topologyKey: HOSTNAME, maxSkew: 3 },
    { ...shared, topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
  ]
}

const isInDomains = ({ metadata }: Node, constraints: readonly Constraint[]): boolean =>
  constraints.every(({ topologyKey }) => metadata.labels?.[topologyKey] !== undefined)

/** Pods on their way out are not counted: where they are is free soon. */
const matching = ({ pods }: Place, { selects }: Constraint, { metadata }: Pod): number =>
  pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      pod.metadata.deletionTimestamp === undefined &&
      selects(pod.metadata.labels),
  ).length
