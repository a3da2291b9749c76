import { addressAt, parseCIDR, PortolanError } from '../../lib/index.ts'

/** A range's addresses, each given to one Pod at a time. */
export interface Addresses {
  /** What every Pod of the range sees as its gateway: the first address. */
  readonly gateway: string
  /** The next one that is free; throws `AddressesExhausted`. One that was just freed comes last. */
  take(): string
  /** Marks an address as in use; one outside the range is ignored. */
  keep(address: string): void
  free(address: string): void
}

/** The addresses of `10.244.1.0/24` without its first two (network, gateway) and its last (broadcast). */
export function createAddresses(cidr: string): Addresses {
  const count = Number(parseCIDR(cidr).size) - 3
  const all = Array.from({ length: count }, (_, index) => addressAt(cidr, index + 2))
  const free = new Set(all)
  return {
    gateway: addressAt(cidr, 1),
    take() {
      const [next] = free
      if (next === undefined) throw new PortolanError('AddressesExhausted', `every address of ${cidr} is in use`)
      free.delete(next)
      return next
    },
    keep: (address) => void free.delete(address),
    free(address) {
      // A set hands out its members in the order in which they came.
      if (all.includes(address)) free.add(address)
    },
  }
}
