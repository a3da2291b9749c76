import { addressAt, indexIn, parseCIDR, PortolanError } from '../../lib/index.ts'

/** The addresses of a node's Pods, each given to one Pod at a time. */
export interface Addresses {
  /** What every Pod sees as its IPv4 gateway: the first address. */
  readonly gateway: string
  /**
   * A Pod's addresses, one of each range: the next that are free. They have the same number in each, so the first stands for all.
   * Throws `AddressesExhausted`. What was just freed comes last.
   */
  take(): readonly string[]
  /** Marks a Pod's addresses as in use; those of the node itself are ignored. */
  keep(addresses: readonly string[]): void
  free(addresses: readonly string[]): void
}

/**
 * The addresses of `10.244.1.0/24` without its first two (network, gateway) and its last (broadcast), and those with the same
 * numbers of `fd00:10:244:1::/64`: 10.244.1.5 goes with fd00:10:244:1::5.
 */
export function createAddresses([podCIDR = '', ...others]: readonly string[]): Addresses {
  const count = Number(parseCIDR(podCIDR).size) - 3
  const all = Array.from({ length: count }, (_, index) => addressAt(podCIDR, index + 2))
  const free = new Set(all)
  return {
    gateway: addressAt(podCIDR, 1),
    take() {
      const [next] = free
      if (next === undefined) throw new PortolanError('AddressesExhausted', `every address of ${podCIDR} is in use`)
      free.delete(next)
      const number = indexIn(podCIDR, next) ?? 0n
      return [next, ...others.map((range) => addressAt(range, number))]
    },
    keep: ([address = '']) => void free.delete(address),
    free([address = '']) {
      // A set hands out its members in the order in which they came.
      if (all.includes(address)) free.add(address)
    },
  }
}
