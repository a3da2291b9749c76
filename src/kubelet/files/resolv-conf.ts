import type { Pod } from '../../api/index.ts'

export interface ResolvConf {
  readonly nameservers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

export interface ResolvFacts {
  readonly clusterDNS: readonly string[]
  readonly clusterDomain: string
  /** The node's own. */
  readonly node: ResolvConf
}

const EMPTY: ResolvConf = { nameservers: [], searches: [], options: [] }
/** What resolv.conf(5) and validation allow; more nameservers are cut off, as upstream does. */
const MAX_NAMESERVERS = 3

/** A Pod's resolver settings: its dnsPolicy's, and its dnsConfig's on top (pkg/kubelet/network/dns). */
export function podResolvConf(pod: Pod, facts: ResolvFacts): ResolvConf {
  const base = policyConf(pod, facts)
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {}
  const unique = (items: readonly string[]): string[] => [...new Set(items)]
  return {
    nameservers: unique([...base.nameservers, ...nameservers]).slice(0, MAX_NAMESERVERS),
    searches: unique([...base.searches, ...searches]),
    options: mergeOptions(
      base.options,
      options.map(({ name = '', value }) => (value === undefined ? name : `${name}:${value}`)),
    ),
  }
}

function policyConf(pod: Pod, { clusterDNS, clusterDomain, node }: ResolvFacts): ResolvConf {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false } = pod.spec ?? {}
  if (dnsPolicy === 'None') return EMPTY
  if (dnsPolicy === 'Default' || (dnsPolicy === 'ClusterFirst' && hostNetwork) || clusterDNS.length === 0) return node
  const svc = `svc.${clusterDomain}`
  const searches = [`${pod.metadata.namespace}.${svc}`, svc, clusterDomain, ...node.searches]
  return { nameservers: clusterDNS, searches, options: ['ndots:5'] }
}

/** A later option replaces an earlier one of the same name: `ndots:2` replaces `ndots:5`. */
function mergeOptions(base: readonly string[], own: readonly string[]): string[] {
  const byName = new Map([...base, ...own].map((option) => [option.split(':')[0], option]))
  return [...byName.values()]
}

export const printResolvConf = ({ nameservers, searches, options }: ResolvConf): string =>
  [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((address) => `nameserver ${address}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n')

/** Reads a resolv.conf(5); what it doesn't know it leaves out. */
export function parseResolvConf(text: string): ResolvConf {
  const lines = text.split('\n').map((line) =>
    line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/),
  )
  const values = (keyword: string): string[][] => lines.filter(([first]) => first === keyword).map(([, ...rest]) => rest)
  return {
    nameservers: values('nameserver').flatMap(([address]) => (address ? [address] : [])),
    searches: values('search').at(-1) ?? [],
    options: values('options').flat(),
  }
}
