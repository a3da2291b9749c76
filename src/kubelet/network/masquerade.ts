/** The kubelet's own table: what leaves the cluster's Pods for somewhere that has no route back to them. */
const TABLE = 'portolan-pods'

/**
 * Pods speak to each other by their own addresses; everybody else sees the address of their node, because nobody else knows
 * the way to a Pod (CNI's ipMasq). One nft transaction that may be run again.
 */
export const masqueradeScript = (podNetwork: string): string => `add table ip ${TABLE}
flush table ip ${TABLE}
table ip ${TABLE} {
  chain postrouting {
    type nat hook postrouting priority srcnat + 10;
    ip saddr ${podNetwork} ip daddr != ${podNetwork} fib daddr type != { local, multicast } masquerade
  }
}
`
