import { Resolver } from 'node:dns/promises'
import { readFile, realpath } from 'node:fs/promises'
import { isIP } from 'node:net'
import { PortolanError } from '../../lib/index.ts'
import { type HostNames, hasCluster, isResolved, resolvectlOff, resolvectlOn, withCluster, withoutCluster } from './plan.ts'
import { rewrite } from './rewrite.ts'

/** This machine, as far as it finds names. */
export interface HostResolver {
  /** `/etc/resolv.conf` */
  readonly resolvConf: string
  /** Runs resolvectl(1); rejects when it fails. */
  readonly resolvectl: (args: readonly string[]) => Promise<unknown>
  /** The interface by which packets for an address leave. */
  readonly linkTo: (address: string) => Promise<string | undefined>
}

/** How the machine finds names, and so what was changed, if anything. */
export interface HostOutcome {
  readonly by: 'systemd-resolved' | 'resolv.conf'
  readonly changed: boolean
}

/** Milliseconds: the server is on this machine. */
const PATIENCE = 1_000

/**
 * Lets this machine's programs find the cluster's names. Changes nothing, and throws NoClusterDns, when the cluster's
 * server doesn't answer from here. Done twice it is done once.
 */
export async function hostDnsOn(names: HostNames, host: HostResolver): Promise<HostOutcome> {
  await checkAnswers(names)
  if (isResolved(await realpath(host.resolvConf))) {
    const link = await host.linkTo(names.server)
    if (link === undefined) throw new PortolanError('NoClusterDns', `no interface of this machine leads to ${names.server}`)
    for (const args of resolvectlOn(link, names)) await host.resolvectl(args)
    return { by: 'systemd-resolved', changed: true }
  }
  return edit(host, (text) => withCluster(text, names))
}

/** Puts everything back as it was, whoever was here meanwhile; also when the cluster is gone. Done twice it is done once. */
export async function hostDnsOff({ server }: Pick<HostNames, 'server'>, host: HostResolver): Promise<HostOutcome> {
  if (!isResolved(await realpath(host.resolvConf))) return edit(host, withoutCluster)
  const link = await host.linkTo(server)
  for (const args of link === undefined ? [] : resolvectlOff(link)) await host.resolvectl(args)
  return { by: 'systemd-resolved', changed: link !== undefined }
}

/** Whether resolv.conf has been told about a cluster. */
export const isHostDnsOn = async ({ resolvConf }: Pick<HostResolver, 'resolvConf'>): Promise<boolean> =>
  hasCluster(await readFile(resolvConf, 'utf8'))

async function edit({ resolvConf }: HostResolver, change: (text: string) => string): Promise<HostOutcome> {
  const before = await readFile(resolvConf, 'utf8')
  const after = change(before)
  if (after !== before) await rewrite(resolvConf, after)
  return { by: 'resolv.conf', changed: after !== before }
}

async function checkAnswers({ server, domain }: HostNames): Promise<void> {
  const resolver = new Resolver({ timeout: PATIENCE, tries: 1 })
  try {
    if (isIP(server) === 0) throw new PortolanError('BadAddress', `"${server}" is not an address`)
    resolver.setServers([server])
    await resolver.resolveTxt(`dns-version.${domain}`)
  } catch (error) {
    throw new PortolanError('NoClusterDns', `no DNS of a cluster answers at ${server}; nothing was changed`, { cause: error })
  }
}
