import ipaddr from 'ipaddr.js'

export type Family = 'IPv4' | 'IPv6'

/** The addresses that Services can have of one CIDR. */
export interface AddressRange {
  readonly cidr: string
  readonly family: Family
  /** The first usable address, as a number. */
  readonly first: bigint
  /** How many are usable. */
  readonly size: bigint
  /** Addresses below this offset are taken only by wish, or when there are no others (KEP-3070). */
  readonly dynamic: bigint
}

const STEP = 16n
const LARGEST_BAND = 256n

/** Throws when the text is no CIDR: it was validated before. */
export function parseRange(cidr: string): AddressRange {
  const [address, bits] = ipaddr.parseCIDR(cidr)
  const family = address.kind() === 'ipv4' ? 'IPv4' : 'IPv6'
  const width = family === 'IPv4' ? 32 : 128
  const total = 1n << BigInt(width - bits)
  const network = (numberOf(address.toString()) / total) * total
  // An IPv4 network has a broadcast address at its end.
  const size = total - (family === 'IPv4' ? 2n : 1n)
  return { cidr, family, first: network + 1n, size, dynamic: band(total) }
}

/** `min(max(16, size / 16), 256)`; nothing is set aside in a range of 16 or less. */
function band(total: bigint): bigint {
  if (total <= STEP) return 0n
  const part = total / STEP
  if (part < STEP) return STEP
  return part > LARGEST_BAND ? LARGEST_BAND : part
}

/** The text in its canonical form, `10.96.0.1` or `fd00::1`; undefined when it is no address. */
export function canonical(text: string): string | undefined {
  return ipaddr.isValid(text) ? ipaddr.parse(text).toString() : undefined
}

export const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4')

/** Whether the address is usable, or at least (network, broadcast) inside of the CIDR. */
export function placeIn(range: AddressRange, address: string): 'usable' | 'inside' | 'outside' {
  if (familyOf(address) !== range.family) return 'outside'
  const offset = numberOf(address) - range.first
  if (offset >= 0n && offset < range.size) return 'usable'
  const broadcast = range.family === 'IPv4' && offset === range.size
  return offset === -1n || broadcast ? 'inside' : 'outside'
}

export const addressAt = (range: AddressRange, offset: bigint): string => textOf(range.first + offset, range.family)

/** The CIDR's own address, which nothing can have. */
export const networkOf = (range: AddressRange): string => textOf(range.first - 1n, range.family)

function numberOf(address: string): bigint {
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}

function textOf(value: bigint, family: Family): string {
  const length = family === 'IPv4' ? 4 : 16
  const bytes = Array.from({ length }, (_, index) => Number((value >> BigInt(8 * (length - 1 - index))) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}
