import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { invalid } from './field.ts'
import type { FieldError } from './kind.ts'

/** An address as the older fields of the API take it: octets may have leading zeros there. */
export interface Address {
  readonly family: 4 | 6
  /** RFC 5952 for IPv6, no leading zeros for IPv4; an IPv4-mapped IPv6 address becomes the IPv4 address. */
  readonly canonical: string
  readonly leadingZeros: boolean
  readonly mapped: boolean
}

const SLOPPY_IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** Undefined when `value` is no address. As upstream's `ParseIPSloppy`. */
export function parseAddress(value: string): Address | undefined {
  if (isIPv4(value)) return { family: 4, canonical: value, leadingZeros: false, mapped: false }
  if (SLOPPY_IPV4.test(value)) {
    const octets = value.split('.').map(Number)
    if (octets.some((octet) => octet > 255)) return undefined
    return { family: 4, canonical: octets.join('.'), leadingZeros: true, mapped: false }
  }
  if (!isIPv6(value) || value.includes('%')) return undefined
  const parsed = ipaddr.IPv6.parse(value)
  if (parsed.isIPv4MappedAddress()) {
    return { family: 4, canonical: parsed.toIPv4Address().toString(), leadingZeros: false, mapped: true }
  }
  return { family: 6, canonical: parsed.toRFC5952String(), leadingZeros: false, mapped: false }
}

export const isIPv6Text = (value: string): boolean => parseAddress(value)?.family === 6

/**
 * What is wrong with an address, strictly (the `StrictIPCIDRValidation` feature, on since 1.36); values that the stored
 * object already has in `known` stay allowed. As upstream's `IsValidIPForLegacyField`.
 */
export function validateIP(field: string, value: string, known: readonly string[] = []): FieldError[] {
  if (isIPv4(value) || known.includes(value)) return []
  const address = parseAddress(value)
  if (!address) return [invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]
  if (address.leadingZeros) return [invalid(field, value, 'must not have leading 0s')]
  return address.mapped ? [invalid(field, value, 'must not be an IPv4-mapped IPv6 address')] : []
}

/** The same for fields that were never lax: the address must be in the one form that everybody writes. */
export function validateCanonicalIP(field: string, value: string): FieldError[] {
  const errors = validateIP(field, value)
  if (errors.length > 0) return errors
  const canonical = parseAddress(value)?.canonical
  return canonical === value ? [] : [invalid(field, value, `must be in canonical form ("${canonical}")`)]
}

interface Range {
  readonly address: Address
  readonly prefix: number
  /** The range in its one form. */
  readonly canonical: string
  /** Bits beyond the prefix are set. */
  readonly hostBits: boolean
  readonly leadingZeros: boolean
}

export function parseRange(value: string): Range | undefined {
  const [ip = '', length = '', ...rest] = value.split('/')
  const address = parseAddress(ip)
  if (!address || rest.length > 0 || !/^\d+$/.test(length)) return undefined
  const bits = address.family === 4 && !address.mapped ? 32 : 128
  if (Number(length) > bits) return undefined
  const prefix = address.mapped ? Math.max(0, Number(length) - 96) : Number(length)
  const text = `${address.canonical}/${prefix}`
  const first = address.family === 4 ? ipaddr.IPv4.networkAddressFromCIDR(text).toString() : network6(text)
  return {
    address,
    prefix,
    canonical: `${first}/${prefix}`,
    hostBits: first !== address.canonical,
    leadingZeros: address.leadingZeros || (length.length > 1 && length.startsWith('0')),
  }
}

const network6 = (text: string): string => ipaddr.IPv6.networkAddressFromCIDR(text).toRFC5952String()

/** As upstream's `IsValidCIDRForLegacyField`, strictly. */
export function validateCIDR(field: string, value: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(value)) return []
  const range = parseRange(value)
  if (!range) return [invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')]
  if (range.leadingZeros) return [invalid(field, value, 'must not have leading 0s in IP or prefix length')]
  if (range.address.mapped) return [invalid(field, value, 'must not have an IPv4-mapped IPv6 address')]
  return range.hostBits ? [invalid(field, value, 'must not have bits set beyond the prefix length')] : []
}

/** As upstream's `IsValidCIDR`. */
export function validateCanonicalCIDR(field: string, value: string): FieldError[] {
  const errors = validateCIDR(field, value)
  if (errors.length > 0) return errors
  const canonical = parseRange(value)?.canonical
  return canonical === value ? [] : [invalid(field, value, `must be in canonical form ("${canonical}")`)]
}

/** Texts for addresses that are stored in a form nobody should rely on. As upstream's `GetWarningsForIP`. */
export function ipWarnings(field: string, value: string): string[] {
  if (isIPv4(value)) return []
  const address = parseAddress(value)
  if (!address) return []
  if (address.leadingZeros || address.mapped) {
    const advice = `will be considered invalid in a future Kubernetes release: use "${address.canonical}"`
    return [`${field}: non-standard IP address "${value}" ${advice}`]
  }
  if (address.canonical === value) return []
  return [`${field}: IPv6 address "${value}" should be in RFC 5952 canonical format ("${address.canonical}")`]
}

/** As upstream's `GetWarningsForCIDR`. */
export function cidrWarnings(field: string, value: string): string[] {
  const range = parseRange(value)
  if (!range) return []
  const { canonical, address } = range
  const warnings: string[] = []
  if (range.hostBits) {
    const single = `${address.canonical}/${address.family === 4 ? 32 : 128}`
    warnings.push(`${field}: CIDR value "${value}" is ambiguous in this context (should be "${canonical}" or "${single}"?)`)
  }
  if (range.leadingZeros || address.mapped) {
    const advice = `will be considered invalid in a future Kubernetes release: use "${canonical}"`
    warnings.push(`${field}: non-standard CIDR value "${value}" ${advice}`)
  }
  if (warnings.length > 0 || address.family === 4 || canonical === value) return warnings
  return [`${field}: IPv6 CIDR value "${value}" should be in RFC 5952 canonical format ("${canonical}")`]
}

/** An endpoint must be a place that packets can be sent to. As upstream's `ValidateEndpointIP`. */
export function validateEndpointIP(field: string, value: string): FieldError[] {
  const address = parseAddress(value)
  if (!address) return [invalid(field, value, 'must be a valid IP address')]
  const found: FieldError[] = []
  const range = ipaddr.parse(address.canonical).range()
  if (range === 'unspecified' && (address.canonical === '0.0.0.0' || address.canonical === '::')) {
    found.push(invalid(field, value, `may not be unspecified (${value})`))
  }
  if (range === 'loopback') found.push(invalid(field, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'))
  if (range === 'linkLocal') found.push(invalid(field, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'))
  if (range === 'multicast' && /^(?:224\.0\.0\.|ff.2:)/.test(address.canonical)) {
    found.push(invalid(field, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'))
  }
  return found
}
