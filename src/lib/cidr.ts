import ipaddr from 'ipaddr.js'
import { PortolanError } from './errors.ts'

/** A range of addresses in CIDR notation, taken apart. Addresses are numbers, so that one reckons with them; IPv6 has 128 bits. */
export interface Range {
  /** How many bits an address has: 32 for IPv4, 128 for IPv6. */
  readonly width: number
  /** The first address. */
  readonly first: bigint
  /** How many addresses there are, the first and the last among them. */
  readonly size: bigint
  readonly prefix: number
}

/** `10.96.0.0/12`, `fd00:10:96::/112`; bits behind the prefix are ignored. Throws BadCIDR for what is no range. */
export function parseCIDR(cidr: string): Range {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr) && (!ipaddr.IPv6.isValidCIDR(cidr) || cidr.includes('%')))
    throw new PortolanError('BadCIDR', `"${cidr}" is not a range of addresses like 10.96.0.0/12 or fd00:10:96::/112`)
  const [address, prefix] = ipaddr.parseCIDR(cidr)
  const bytes = address.toByteArray()
  const width = bytes.length * 8
  const size = 1n << BigInt(width - prefix)
  return { width, first: (toNumber(bytes) / size) * size, size, prefix }
}

/** Whether an address or a range is of IPv6. */
export const isIPv6 = (text: string): boolean => text.includes(':')

/** Address number `index` of a range: `addressAt('10.96.0.0/12', 10)` is 10.96.0.10. Throws BadCIDR beyond its end. */
export function addressAt(cidr: string, index: number | bigint): string {
  const { width, first, size } = parseCIDR(cidr)
  const offset = BigInt(index)
  if (offset < 0n || offset >= size) throw new PortolanError('BadCIDR', `${cidr} has no address number ${index}`)
  return toText(first + offset, width)
}

/** Which number an address has in a range: {@link addressAt} turned around. Undefined for one outside, of another family too. */
export function indexIn(cidr: string, address: string): bigint | undefined {
  const { width, first, size } = parseCIDR(cidr)
  if (!ipaddr.isValid(address)) return undefined
  const bytes = ipaddr.parse(address).toByteArray()
  const index = toNumber(bytes) - first
  return bytes.length * 8 === width && index >= 0n && index < size ? index : undefined
}

/** Whether two ranges have an address in common; those of two families have none. */
export function overlaps(a: string, b: string): boolean {
  const [one, other] = [parseCIDR(a), parseCIDR(b)]
  return one.width === other.width && one.first < other.first + other.size && other.first < one.first + one.size
}

/** How many ranges of `prefix` bits `cidr` consists of; 0 when it is smaller than one. */
export function subnetsIn(cidr: string, prefix: number): bigint {
  const { width, size } = parseCIDR(cidr)
  return size >> BigInt(width - prefix)
}

/** Range number `index` of the ranges of `prefix` bits that `cidr` consists of. Throws BadCIDR beyond its end. */
export function subnetAt(cidr: string, prefix: number, index: number | bigint): string {
  const { width, first } = parseCIDR(cidr)
  if (BigInt(index) >= subnetsIn(cidr, prefix)) throw new PortolanError('BadCIDR', `${cidr} has no /${prefix} number ${index}`)
  return `${toText(first + (BigInt(index) << BigInt(width - prefix)), width)}/${prefix}`
}

const toNumber = (bytes: readonly number[]): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

function toText(address: bigint, width: number): string {
  const bytes = Array.from({ length: width / 8 }, (_, index) => Number((address >> BigInt(width - 8 - 8 * index)) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}
