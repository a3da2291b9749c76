import type { Pod } from '../../api/index.ts'

/** A port of the node that leads to a Pod on it. */
export interface HostPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  /** An address of the node; empty for all of them, 127.0.0.1 too. */
  readonly hostIP: string
  readonly hostPort: number
  readonly podIP: string
  readonly podPort: number
}

/** The table of the node's network namespace that holds every host port, and nothing else. */
export const HOST_PORT_TABLE = 'ip portolan-hostports'

/** The host ports of a Pod with an address of its own. One in the node's network is on the node's ports anyway. */
export function hostPortsOf({ spec }: Pod, podIP: string): HostPort[] {
  if (!spec || spec.hostNetwork) return []
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...sidecars, ...spec.containers]
    .flatMap(({ ports = [] }) => ports)
    .filter(({ hostPort, hostIP }) => hostPort && !hostIP?.includes(':'))
    .map(({ protocol = 'TCP', hostIP = '', hostPort = 0, containerPort }) => ({
      protocol: protocol.toLowerCase() as HostPort['protocol'],
      hostIP: hostIP === '0.0.0.0' ? '' : hostIP,
      hostPort,
      podIP,
      podPort: containerPort,
    }))
}

/**
 * The whole table as one nft transaction that may be run again; without host ports there is none. Pure.
 *
 * Its chains come after the proxy's, so an address of a Service stays the Service's. A port of one address goes before the
 * same port of all. What the node sends from 127.0.0.1, and a Pod to itself, is masqueraded, as its answer would otherwise
 * not come back here; everybody else is seen as who he is (the CNI plugin portmap does the same).
 */
export function hostPortScript(ports: readonly HostPort[]): string {
  const anew = `add table ${HOST_PORT_TABLE}\ndelete table ${HOST_PORT_TABLE}\n`
  if (ports.length === 0) return anew
  const specific = ports.toSorted((a, b) => Number(a.hostIP === '') - Number(b.hostIP === ''))
  const pods = [...new Set(ports.map(({ podIP }) => podIP))]
  return `${anew}table ${HOST_PORT_TABLE} {
  chain ports {
${specific.map(rule).join('')}  }
  chain raw-prerouting {
    type filter hook prerouting priority raw;
    iif != "lo" ip saddr 127.0.0.0/8 drop
    iif != "lo" ip daddr 127.0.0.0/8 drop
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat + 10;
    fib daddr type local jump ports
  }
  chain nat-output {
    type nat hook output priority -90;
    fib daddr type local jump ports
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat + 5;
    ct status dnat ip saddr 127.0.0.0/8 masquerade
${pods.map((ip) => `    ct status dnat ip saddr ${ip} ip daddr ${ip} masquerade\n`).join('')}  }
}
`
}

const rule = ({ protocol, hostIP, hostPort, podIP, podPort }: HostPort): string =>
  `    ${hostIP === '' ? '' : `ip daddr ${hostIP} `}${protocol} dport ${hostPort} dnat to ${podIP}:${podPort}\n`
