import ipaddr from 'ipaddr.js'

/** The part of the cluster's zone that belongs to Services, and the part that belongs to Pods. */
export const SERVICES = 'svc'
export const PODS = 'pod'

/** Every Service's records, in the order of the labels: `kubia.default.svc.cluster.local`. */
export const serviceName = (service: string, namespace: string, zone: string): string =>
  `${service}.${namespace}.${SERVICES}.${zone}`

/** The name under which an address is asked for its name: `5.0.244.10.in-addr.arpa` (RFC 1035 3.5), for IPv6 RFC 3596 2.5. */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const digits = ipaddr
    .parse(address)
    .toByteArray()
    .flatMap((byte) => [byte >> 4, byte & 15])
  return `${digits.map((digit) => digit.toString(16)).toReversed().join('.')}.ip6.arpa` // prettier-ignore
}

/** How an address is written in one label: `10-244-0-5`, `fd00--5`. */
export const dashed = (address: string): string => address.replaceAll(/[.:]/g, '-')

/** The address that a label stands for (CoreDNS, plugin/kubernetes findPods); undefined when it stands for none. */
export function undashed(label: string): string | undefined {
  const v4 = label.replaceAll('-', '.')
  if (ipaddr.IPv4.isValidFourPartDecimal(v4)) return v4
  const v6 = label.replaceAll('-', ':')
  return ipaddr.IPv6.isValid(v6) && label.includes('-') ? v6 : undefined
}

/** The type of the record that an address is answered with. */
export const addressType = (address: string): 'A' | 'AAAA' => (address.includes(':') ? 'AAAA' : 'A')
