import { isIPv6 } from '../../lib/index.ts'

/** The kubelet's own table: what leaves the cluster's Pods for somewhere that has no route back to them. */
const TABLE = 'portolan-pods'

/**
 * Pods speak to each other by their own addresses; everybody else sees the address of their node, because nobody else knows
 * the way to a Pod (CNI's ipMasq). One nft transaction that may be run again; a table for each family.
 */
export function masqueradeScript(podNetwork: string): string {
  const family = isIPv6(podNetwork) ? 'ip6' : 'ip'
  return `add table ${family} ${TABLE}
flush table ${family} ${TABLE}
table ${family} ${TABLE} {
  chain postrouting {
    type nat hook postrouting priority srcnat + 10;
    ${family} saddr ${podNetwork} ${family} daddr != ${podNetwork} fib daddr type != { local, multicast } masquerade
  }
}
`
}
