import type { Kind, Subresource } from '../api.ts'
import type { ReviewKind } from '../reviews/index.ts'

/** Which groups kubectl looks into first when a name is in several: upstream's group priorities. */
const ORDER = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
]

/** What discovery tells of a kind. */
export interface Served extends Pick<Kind, 'group' | 'version' | 'kind' | 'plural' | 'singular' | 'namespaced'> {
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly Subresource[]
  /** {@link VERBS} when left out. */
  readonly verbs?: readonly string[]
}

export interface GroupVersion {
  readonly group: string
  readonly version: string
  readonly kinds: readonly Served[]
}

/** A question that can be asked and not kept. */
export const servedReview = (review: ReviewKind): Served => ({
  ...review,
  singular: review.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  subresources: [],
  verbs: ['create'],
})

/** One for each group and version that has kinds, in the order in which clients should look. */
export function groupVersions(kinds: readonly Served[]): GroupVersion[] {
  const found = new Map<string, { group: string; version: string; kinds: Served[] }>()
  for (const kind of kinds) {
    const id = `${kind.group}/${kind.version}`
    const { group, version } = kind
    const entry = found.get(id) ?? { group, version, kinds: [] }
    entry.kinds.push(kind)
    found.set(id, entry)
  }
  const rank = (group: string): number => (ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length)
  return [...found.values()].sort((a, b) => rank(a.group) - rank(b.group) || a.group.localeCompare(b.group))
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const

/** What can be done to objects of a kind: all of {@link VERBS}, but nobody deletes all Namespaces at once. */
export const verbsOf = ({ group, plural, verbs = VERBS }: Pick<Served, 'group' | 'plural' | 'verbs'>): readonly string[] =>
  group === '' && plural === 'namespaces' ? verbs.filter((verb) => verb !== 'deletecollection') : verbs

/** The type that a subresource speaks, where it isn't the object's own, and what can be done to it. */
export function subresourceType(
  kind: Pick<Kind, 'group' | 'version' | 'kind'>,
  subresource: Subresource,
): { group: string; version: string; kind: string; verbs: readonly string[] } {
  const own = { group: kind.group, version: kind.version, kind: kind.kind }
  const options = (name: string) => ({ group: '', version: 'v1', kind: name })
  switch (subresource) {
    case 'status':
      return { ...own, verbs: ['get', 'patch', 'update'] }
    case 'scale':
      return { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] }
    case 'finalize':
      return { ...own, verbs: ['update'] }
    case 'binding':
      return { ...options('Binding'), verbs: ['create'] }
    case 'eviction':
      return { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }
    case 'token':
      return { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }
    case 'log':
      return { ...own, verbs: ['get'] }
    case 'exec':
      return { ...options('PodExecOptions'), verbs: ['create', 'get'] }
    case 'attach':
      return { ...options('PodAttachOptions'), verbs: ['create', 'get'] }
    case 'portforward':
      return { ...options('PodPortForwardOptions'), verbs: ['create', 'get'] }
    case 'proxy':
      return { ...options(`${kind.kind}ProxyOptions`), verbs: ['create', 'delete', 'get', 'patch', 'update'] }
  }
}
