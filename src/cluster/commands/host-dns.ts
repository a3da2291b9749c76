import { readFile } from 'node:fs/promises'
import { createIp, run } from '../../kernel/index.ts'
import { folderAt, readSpec } from '../files/folder.ts'
import { DEFAULT_RANGES, dnsIP } from '../addresses.ts'
import { CLUSTER_DOMAIN } from '../spec.ts'

export interface HostDnsOptions {
  readonly root: string
  /** Where the cluster's DNS answers; left out, at the cluster IP of `kube-dns`. */
  readonly server?: string
}

const RESOLV_CONF = '/etc/resolv.conf'
/** What every line that `dns host on` writes stands behind. */
const MARK = '# portolan: '

/** Lets this machine's programs find the cluster's names, or no longer. Resolves with a sentence about what was done. */
export async function turnHostDns(turn: 'on' | 'off', { root, server }: HostDnsOptions): Promise<string> {
  const { hostDnsOff, hostDnsOn } = await import('../../dns/index.ts')
  const { serviceCIDR } = readSpec(folderAt(root)) ?? DEFAULT_RANGES
  const names = { server: server ?? dnsIP({ serviceCIDR }), domain: CLUSTER_DOMAIN }
  const ip = createIp()
  const host = {
    resolvConf: RESOLV_CONF,
    resolvectl: (args: readonly string[]) => run('resolvectl', args),
    linkTo: async (address: string): Promise<string | undefined> => {
      const [route] = await ip.query(['route', 'get', address]).catch(() => [])
      return typeof route?.['dev'] === 'string' ? route['dev'] : undefined
    },
  }
  const { by, changed } = turn === 'on' ? await hostDnsOn(names, host) : await hostDnsOff(names, host)
  const where = by === 'resolv.conf' ? RESOLV_CONF : by
  if (turn === 'off') return changed ? `${where} is as it was` : `${where} knew no cluster; nothing was changed`
  return changed
    ? `${where} now asks ${names.server} for names in ${names.domain}`
    : `${where} asks ${names.server} already; nothing was changed`
}

/** For a cluster that goes: takes it out of resolv.conf, where every name would wait for it from now on. What this user may not change stays. */
export async function forgetHostDns(root: string): Promise<void> {
  const text = await readFile(RESOLV_CONF, 'utf8').catch(() => '')
  if (text.includes(MARK)) await turnHostDns('off', { root }).catch(() => {})
}
