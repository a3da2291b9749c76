import { labelSelectorPredicate, type LabelSelectorRequirement, type Node, type Pod, type PodAffinityTerm } from '../api/index.ts'
import { BEST, type Cluster, type Filter, lastingMisfit, misfit, type Score } from './cluster.ts'

/** Pods that one Pod wants to be near or far from, and what counts as near. */
interface Term {
  readonly topologyKey: string
  readonly matches: (pod: Pod) => boolean
}

/** How much speaks for a domain, by {@link domainOf}. */
type Domains = Map<string, number>

/**
 * Where a Pod's required affinity and anti-affinity let it go, and that of the Pods that are there already.
 * Source: pkg/scheduler/framework/plugins/interpodaffinity/filtering.go.
 */
export const isInCompany: Filter = (pod, cluster) => {
  const { near, far } = requiredOf(pod, cluster)
  const [friends, foes, foesOfOurs] = [new Map(), new Map(), new Map()] as [Domains, Domains, Domains]
  for (const { node, pods } of cluster.places) {
    for (const other of pods) {
      // A Pod is company only where it is what every term asks for.
      if (near.length > 0 && near.every((term) => term.matches(other))) for (const term of near) add(friends, term, node)
      for (const term of far) if (term.matches(other)) add(foes, term, node)
      for (const term of requiredOf(other, cluster).far) if (term.matches(pod)) add(foesOfOurs, term, node)
    }
  }
  const isFirst = friends.size === 0 && near.every((term) => term.matches(pod))
  const hasFriends = (node: Node): boolean =>
    near.every((term) => domainOf(term, node) !== undefined) && (isFirst || near.every((term) => amount(friends, term, node) > 0))
  return ({ node }) => {
    if (!hasFriends(node)) return lastingMisfit("node(s) didn't match pod affinity rules")
    if (far.some((term) => amount(foes, term, node) > 0)) return misfit("node(s) didn't match pod anti-affinity rules")
    const labels = Object.entries(node.metadata.labels ?? {})
    if (foesOfOurs.size > 0 && labels.some(([key, value]) => foesOfOurs.has(domain(key, value))))
      return misfit("node(s) didn't satisfy existing pods anti-affinity rules")
    return undefined
  }
}

/** What the preferences of the Pod and of those that are there already say about each place. Source: interpodaffinity/scoring.go. */
export const companyScore: Score = (pod, cluster, fitting) => {
  const liking: Domains = new Map()
  const weigh = (owner: Pod, subject: Pod, node: Node): void => {
    const { podAffinity, podAntiAffinity } = owner.spec?.affinity ?? {}
    for (const [side, sign] of [
      [podAffinity, 1],
      [podAntiAffinity, -1],
    ] as const) {
      for (const { weight, podAffinityTerm } of side?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
        const term = termOf(owner, podAffinityTerm, cluster)
        if (term.matches(subject)) add(liking, term, node, weight * sign)
      }
    }
  }
  for (const { node, pods } of cluster.places) {
    for (const other of pods) {
      weigh(pod, other, node)
      weigh(other, pod, node)
      // Whoever must be near Pods like this one likes a little that it comes.
      for (const term of requiredOf(other, cluster).near) if (term.matches(pod)) add(liking, term, node)
    }
  }
  const sums = fitting.map(({ node }) =>
    Object.entries(node.metadata.labels ?? {}).reduce((sum, [key, value]) => sum + (liking.get(domain(key, value)) ?? 0), 0),
  )
  const [least, most] = [Math.min(...sums), Math.max(...sums)]
  return sums.map((sum) => (most === least ? 0 : Math.trunc((BEST * (sum - least)) / (most - least))))
}

interface Required {
  readonly near: readonly Term[]
  readonly far: readonly Term[]
}

const NOTHING_REQUIRED: Required = { near: [], far: [] }

function requiredOf(pod: Pod, cluster: Cluster): Required {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {}
  if (!podAffinity && !podAntiAffinity) return NOTHING_REQUIRED
  const terms = (list: readonly PodAffinityTerm[] = []): Term[] => list.map((term) => termOf(pod, term, cluster))
  return {
    near: terms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    far: terms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
  }
}

/** Of its own namespace when it names none; the keys of labels stand for what `owner` has there. Source: KEP-3633. */
function termOf({ metadata }: Pod, term: PodAffinityTerm, { namespaceLabels }: Cluster): Term {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [], namespaces = [], namespaceSelector, topologyKey } = term
  const own = (keys: readonly string[], operator: string): LabelSelectorRequirement[] =>
    keys.flatMap((key) => (metadata.labels?.[key] === undefined ? [] : [{ key, operator, values: [metadata.labels[key]] }]))
  const more = [...own(matchLabelKeys, 'In'), ...own(mismatchLabelKeys, 'NotIn')]
  const selects = labelSelectorPredicate(
    labelSelector && { ...labelSelector, matchExpressions: [...(labelSelector.matchExpressions ?? []), ...more] },
  )
  const names = namespaces.length === 0 && !namespaceSelector ? [metadata.namespace] : namespaces
  const selectsNamespace = labelSelectorPredicate(namespaceSelector)
  const isMeant = (namespace = ''): boolean => names.includes(namespace) || selectsNamespace(namespaceLabels(namespace))
  return { topologyKey, matches: (pod) => isMeant(pod.metadata.namespace) && selects(pod.metadata.labels) }
}

const domain = (key: string, value: string): string => `${key}=${value}`

/** Undefined for a node that is in no domain of this kind. */
function domainOf({ topologyKey }: Term, { metadata }: Node): string | undefined {
  const value = metadata.labels?.[topologyKey]
  return value === undefined ? undefined : domain(topologyKey, value)
}

function add(domains: Domains, term: Term, node: Node, weight = 1): void {
  const where = domainOf(term, node)
  if (where !== undefined) domains.set(where, (domains.get(where) ?? 0) + weight)
}

const amount = (domains: Domains, term: Term, node: Node): number => domains.get(domainOf(term, node) ?? '') ?? 0
