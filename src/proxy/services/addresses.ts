import ipaddr from 'ipaddr.js'
import type { Family } from '../table/names.ts'

/** Whether an address or a range is of this family. */
export const isFamily = (ip: string, family: Family): boolean => ip.includes(':') === (family === 'ip6')

/** As the kernel prints it, which is how what it remembers is compared with what is wanted (RFC 5952). */
export const canonicalAddress = (ip: string): string =>
  ip.includes(':') && ipaddr.IPv6.isValid(ip) ? ipaddr.IPv6.parse(ip).toRFC5952String() : ip

const UNREACHABLE = /^$|^0\.|^127\.|^169\.254\.|^2(?:2[4-9]|3\d)\.|^::1?$|^fe[89ab].:|^ff..:/

/** Loopback, link-local, multicast and unspecified addresses: the API refuses them for endpoints, and nothing is sent there. */
export const isUnreachable = (ip: string): boolean => UNREACHABLE.test(ip)
