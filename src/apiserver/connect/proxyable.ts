import { BlockList, isIP } from 'node:net'

/** What Go's `IsGlobalUnicast` doesn't have in it: unspecified, loopback, link-local, multicast, broadcast. */
const elsewhere = new BlockList()
elsewhere.addAddress('0.0.0.0')
elsewhere.addSubnet('127.0.0.0', 8)
elsewhere.addSubnet('169.254.0.0', 16)
elsewhere.addSubnet('224.0.0.0', 4)
elsewhere.addAddress('255.255.255.255')
elsewhere.addAddress('::', 'ipv6')
elsewhere.addAddress('::1', 'ipv6')
elsewhere.addSubnet('fe80::', 10, 'ipv6')
elsewhere.addSubnet('ff00::', 8, 'ipv6')

/** Whether the server asks this address on a client's behalf: never itself, or what only its own machine sees. */
export const isProxyable = (address: string): boolean =>
  isIP(address) !== 0 && !elsewhere.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
