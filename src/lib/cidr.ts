import ipaddr from 'ipaddr.js'
import { PortolanError } from './errors.ts'

/** An IPv4 range in CIDR notation, taken apart. */
export interface Range {
  /** The first address, as a number. */
  readonly first: number
  /** How many addresses there are, the first and the last among them. */
  readonly size: number
  readonly prefix: number
}

/** `10.96.0.0/12`; bits behind the prefix are ignored. Throws BadCIDR for what is not an IPv4 range. */
export function parseCIDR(cidr: string): Range {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr)) {
    throw new PortolanError('BadCIDR', `"${cidr}" is not a range of IPv4 addresses like 10.96.0.0/12`)
  }
  const [address, prefix] = ipaddr.IPv4.parseCIDR(cidr)
  const size = 2 ** (32 - prefix)
  return { first: Math.floor(toNumber(address.toString()) / size) * size, size, prefix }
}

/** Address number `index` of a range: `addressAt('10.96.0.0/12', 10)` is 10.96.0.10. Throws BadCIDR beyond its end. */
export function addressAt(cidr: string, index: number): string {
  const { first, size } = parseCIDR(cidr)
  if (index < 0 || index >= size) throw new PortolanError('BadCIDR', `${cidr} has no address number ${index}`)
  return fromNumber(first + index)
}

/** Whether two ranges have an address in common. */
export function overlaps(a: string, b: string): boolean {
  const [one, other] = [parseCIDR(a), parseCIDR(b)]
  return one.first < other.first + other.size && other.first < one.first + one.size
}

/** Range number `index` of the ranges of `prefix` bits that `cidr` consists of. Throws BadCIDR beyond its end. */
export function subnetAt(cidr: string, prefix: number, index: number): string {
  const { first, size } = parseCIDR(cidr)
  const step = 2 ** (32 - prefix)
  if ((index + 1) * step > size) throw new PortolanError('BadCIDR', `${cidr} has no /${prefix} number ${index}`)
  return `${fromNumber(first + index * step)}/${prefix}`
}

const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
const fromNumber = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.')
