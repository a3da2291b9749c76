import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { finish } from '../../kernel/index.ts'

/** A program that a cluster needs and the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  crun: 'crun',
  ip: 'iproute2',
  mount: 'mount',
  nft: 'nftables',
  nsenter: 'util-linux',
  script: 'bsdutils',
  unshare: 'util-linux',
}

/** What to say to someone whose machine can't run a cluster yet, with the one command that mends it; undefined when it can. */
export function missingParts(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  if (process.platform !== 'linux')
    return 'a cluster needs a Linux kernel: its namespaces are the nodes and its nftables are the Services'
  const missing = Object.keys(PROGRAMS).filter((program) => !onPath(program, environment['PATH'] ?? ''))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => PROGRAMS[program]))]
    return `missing: ${missing.join(', ')}. Install them with: sudo apt-get install ${packages.join(' ')}`
  }
  if (process.getuid?.() !== 0)
    return 'a cluster with real Pods needs the rights to make namespaces and routes. Run it as root: sudo portolan up'
  return undefined
}

/** Whether the program is there that leads packets out of the bubble. A cluster does without it: then it is alone in the world. */
export const hasWayOut = (environment: Readonly<Record<string, string | undefined>>): boolean =>
  onPath('slirp4netns', environment['PATH'] ?? '')

/** Whether a network that is made now has addresses and rules of IPv6: asked of one that is made for the question. */
export async function hasIPv6(): Promise<boolean> {
  const question = '[ "$(cat /proc/sys/net/ipv6/conf/default/disable_ipv6)" = 0 ] && nft add table ip6 portolan-probe'
  return (await finish('unshare', ['--net', 'sh', '-c', question])).code === 0
}

function onPath(program: string, path: string): boolean {
  return [...path.split(':'), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
