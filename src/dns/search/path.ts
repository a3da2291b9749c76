import { type Pod, pods } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'
import { nameKey, type NameKey } from '../../wire/index.ts'

/** The suffixes that a client's resolver tries, in its order, the root last; undefined where nobody can know. */
export type SearchPathOf = (client: string) => readonly NameKey[] | undefined

export interface SearchPathOptions {
  /** `cluster.local`. */
  readonly zone: string
  /** What the nodes' own resolv.conf has Pods search beside the cluster. */
  readonly nodeSearches: readonly string[]
}

const ROOT: NameKey = '\0'

/**
 * The search path of a Pod's programs, as its kubelet writes it (pkg/kubelet/network/dns). undefined for a Pod that has its node's
 * address, which others have too, for one whose resolver isn't the cluster's, and for one that has ended, whose address another may have.
 */
export function searchPath(pod: Pod, { zone, nodeSearches }: SearchPathOptions): readonly NameKey[] | undefined {
  const { dnsPolicy = 'ClusterFirst', dnsConfig, hostNetwork = false } = pod.spec ?? {}
  const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  if (hostNetwork || ended || !dnsPolicy.startsWith('ClusterFirst')) return undefined
  const cluster = [`${pod.metadata.namespace}.svc.${zone}`, `svc.${zone}`, zone]
  const searches = new Set([...cluster, ...nodeSearches, ...(dnsConfig?.searches ?? [])].map((name) => name.replace(/\.$/, '')))
  return [...[...searches].filter((name) => name !== '').map(nameKey), ROOT]
}

/** Finds search paths by the addresses of Pods. Watches `selection` of them, all without it, and resolves when it knows them. */
export async function searchPaths(caches: Caches, options: SearchPathOptions, fieldSelector?: string): Promise<SearchPathOf> {
  const cache = caches.of(pods, fieldSelector === undefined ? {} : { fieldSelector })
  const podsAt = cache.indexBy(({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip ?? ''))
  await cache.whenSynced()
  return (client) => {
    const paths = podsAt(client).map((pod) => searchPath(pod, options)).filter((path) => path !== undefined) // prettier-ignore
    return paths.length === 1 ? paths[0] : undefined
  }
}
