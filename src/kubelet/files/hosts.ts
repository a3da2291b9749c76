import type { Pod } from '../../api/index.ts'

const HEADER = '# Kubernetes-managed hosts file.'
const HOST_HEADER = '# Kubernetes-managed hosts file (host network).'
const WELL_KNOWN = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
]

/** `kubia`, or what spec.hostname says; 63 characters at most. */
export const hostnameOf = (pod: Pod): string =>
  pod.spec?.hostnameOverride ?? (pod.spec?.hostname || (pod.metadata.name ?? '').slice(0, 63).replace(/[-.]+$/, ''))

/** `kubia.sub.default.svc.cluster.local`; undefined without a subdomain. */
export const fqdnOf = (pod: Pod, clusterDomain: string): string | undefined =>
  pod.spec?.subdomain && `${hostnameOf(pod)}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`

export interface HostsFacts {
  /** The Pod's, of each family it has. */
  readonly addresses: readonly string[]
  readonly clusterDomain: string
}

/** A Pod's /etc/hosts, as upstream writes it. */
export function hostsFile(pod: Pod, { addresses, clusterDomain }: HostsFacts): string {
  const names = [fqdnOf(pod, clusterDomain), hostnameOf(pod)].filter((name) => name !== undefined)
  const own = addresses.map((address) => [address, ...names].join('\t'))
  return `${[HEADER, ...WELL_KNOWN, ...own].join('\n')}\n${aliases(pod)}`
}

/** The /etc/hosts of a Pod in the node's network: the node's own, and the Pod's aliases. */
export const hostNetworkHostsFile = (pod: Pod, nodes: string): string => `${HOST_HEADER}\n${nodes}${aliases(pod)}`

function aliases(pod: Pod): string {
  const { hostAliases = [] } = pod.spec ?? {}
  if (hostAliases.length === 0) return ''
  const lines = hostAliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t'))
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`
}
