import type { Pod } from '../../api/index.ts'
import { isIPv6 } from '../../lib/index.ts'

/** A port of the node that leads to a Pod on it, in the family of the Pod's address. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** An address of the node; empty for all of them, 127.0.0.1 too. */
  readonly hostIP: string
  readonly hostPort: number
  readonly podIP: string
  readonly podPort: number
}

export type Family = 'ip' | 'ip6'
export const familyOf = (address: string): Family => (isIPv6(address) ? 'ip6' : 'ip')

/** The tables of the node's network namespace that hold every host port, and nothing else. */
export const hostPortTable = (family: Family): string => `${family} portolan-hostports`

/** The addresses that stand for all of a family. */
const ALL: Readonly<Record<Family, string>> = { ip: '0.0.0.0', ip6: '::' }

/** The host ports of a Pod with addresses of its own. One in the node's network is on the node's ports anyway. */
export function hostPortsOf({ spec }: Pod, podIPs: readonly string[]): HostPort[] {
  if (!spec || spec.hostNetwork) return []
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const ports = [...sidecars, ...spec.containers].flatMap((container) => container.ports ?? []).filter(({ hostPort }) => hostPort)
  return podIPs.flatMap((podIP) => {
    const family = familyOf(podIP)
    return ports
      .filter(({ hostIP }) => !hostIP || familyOf(hostIP) === family)
      .map(({ protocol = 'TCP', hostIP = '', hostPort = 0, containerPort }) => ({
        protocol: protocol.toLowerCase() as HostPort['protocol'],
        hostIP: hostIP === ALL[family] ? '' : hostIP,
        hostPort,
        podIP,
        podPort: containerPort,
      }))
  })
}

/** All the tables as one nft transaction that may be run again; a family without host ports has none. Pure. */
export const hostPortScript = (ports: readonly HostPort[], families: readonly Family[]): string =>
  families
    .map((family) =>
      tableOf(
        family,
        ports.filter(({ podIP }) => familyOf(podIP) === family),
      ),
    )
    .join('')

/**
 * Its chains come after the proxy's, so an address of a Service stays the Service's. A port of one address goes before the
 * same port of all. What the node sends from 127.0.0.1, and a Pod to itself, is masqueraded, as its answer would otherwise
 * not come back here; everybody else is seen as who he is (the CNI plugin portmap does the same). No packet leaves from ::1.
 */
function tableOf(family: Family, ports: readonly HostPort[]): string {
  const table = hostPortTable(family)
  const anew = `add table ${table}\ndelete table ${table}\n`
  if (ports.length === 0) return anew
  const specific = ports.toSorted((a, b) => Number(a.hostIP === '') - Number(b.hostIP === ''))
  const pods = [...new Set(ports.map(({ podIP }) => podIP))]
  const here = `${family === 'ip6' ? 'ip6 daddr != ::1 ' : ''}fib daddr type local jump ports`
  return `${anew}table ${table} {
  chain ports {
${specific.map(rule).join('')}  }
${family === 'ip' ? NO_STRANGERS : ''}  chain nat-prerouting {
    type nat hook prerouting priority dstnat + 10;
    ${here}
  }
  chain nat-output {
    type nat hook output priority -90;
    ${here}
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat + 5;
${family === 'ip' ? '    ct status dnat ip saddr 127.0.0.0/8 masquerade\n' : ''}${pods.map(hairpin).join('')}  }
}
`
}

/** That nobody else speaks to 127.0.0.1 or as it is what the kernel would see to, were it not for route_localnet. */
const NO_STRANGERS = `  chain raw-prerouting {
    type filter hook prerouting priority raw;
    iif != "lo" ip saddr 127.0.0.0/8 drop
    iif != "lo" ip daddr 127.0.0.0/8 drop
  }
`

const hairpin = (ip: string): string => `    ct status dnat ${familyOf(ip)} saddr ${ip} ${familyOf(ip)} daddr ${ip} masquerade\n`

function rule({ protocol, hostIP, hostPort, podIP, podPort }: HostPort): string {
  const to = isIPv6(podIP) ? `[${podIP}]` : podIP
  return `    ${hostIP === '' ? '' : `${familyOf(hostIP)} daddr ${hostIP} `}${protocol} dport ${hostPort} dnat to ${to}:${podPort}\n`
}
