import { overlaps, parseCIDR, subnetAt } from '../../lib/index.ts'

/** As upstream's --node-cidr-mask-size. */
const PREFIX = 24

/** The first /24 of `podCIDR` that has no address in common with `taken`; undefined when there is none left. */
export function freeSubnet(podCIDR: string, taken: readonly string[]): string | undefined {
  const { size } = parseCIDR(podCIDR)
  for (let i = 0; i < size / 2 ** (32 - PREFIX); i++) {
    const subnet = subnetAt(podCIDR, PREFIX, i)
    if (!taken.some((other) => overlaps(subnet, other))) return subnet
  }
  return undefined
}
