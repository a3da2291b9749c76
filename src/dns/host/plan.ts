/** How this machine is told who knows the cluster's names. */
export interface HostNames {
  /** Where the cluster's DNS answers, as this machine reaches it: `10.96.0.10`. */
  readonly server: string
  /** `cluster.local`. */
  readonly domain: string
}

const BEGIN = '# portolan: the names of its cluster; "portolan dns host off" takes these lines out'
const END = '# portolan: end'
/** The lines between, wherever they stand; a block that lost its end goes up to the first line that isn't ours. */
const BLOCK = new RegExp(`^${escaped(BEGIN)}\\n(?:nameserver .*\\n)?(?:options .*\\n)?(?:${escaped(END)}\\n?)?`, 'gm')

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/**
 * A resolv.conf(5) whose first server is the cluster's; all else stays as it is, byte for byte. The cluster's server refuses
 * names that aren't its own to whoever asks from here, and a resolver then asks the next server. A cluster that is gone
 * without taking this back costs a second for each name, not five. The same text for a text that has had this done.
 */
export const withCluster = (resolvConf: string, { server }: HostNames): string =>
  `${BEGIN}\nnameserver ${server}\noptions timeout:1\n${END}\n${withoutCluster(resolvConf)}`

/** The text as it was before {@link withCluster}, with what others have changed in it since. */
export const withoutCluster = (resolvConf: string): string => resolvConf.replace(BLOCK, '')

export const hasCluster = (resolvConf: string): boolean => withoutCluster(resolvConf) !== resolvConf

/**
 * What systemd-resolved is told about the interface that leads to the cluster: to ask there for the cluster's names, and for nothing
 * else. It forgets that when the interface goes, so nothing outlives a cluster. Arguments of resolvectl(1).
 */
export const resolvectlOn = (link: string, { server, domain }: HostNames): readonly (readonly string[])[] => [
  ['dns', link, server],
  ['domain', link, `~${domain}`],
  ['default-route', link, 'no'],
]

export const resolvectlOff = (link: string): readonly (readonly string[])[] => [['revert', link]]

/** Whether systemd-resolved answers on this machine: then resolv.conf is a link to one of its files (systemd-resolved.service(8)). */
export const isResolved = (target: string): boolean => target.startsWith('/run/systemd/resolve/')
