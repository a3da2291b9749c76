import { isIPv6, overlaps, subnetAt, subnetsIn } from '../../lib/index.ts'

/** How large a node's range is: upstream's --node-cidr-mask-size-ipv4 and --node-cidr-mask-size-ipv6. */
export const prefixFor = (podCIDR: string): number => (isIPv6(podCIDR) ? 64 : 24)

/** The first range for a node in `podCIDR` that has no address in common with `taken`; undefined when there is none left. */
export function freeSubnet(podCIDR: string, taken: readonly string[]): string | undefined {
  const prefix = prefixFor(podCIDR)
  const count = subnetsIn(podCIDR, prefix)
  for (let index = 0n; index < count; index++) {
    const subnet = subnetAt(podCIDR, prefix, index)
    if (!taken.some((other) => overlaps(subnet, other))) return subnet
  }
  return undefined
}
