import { addressAt, indexIn, overlaps, parseCIDR, PortolanError, subnetAt } from '../lib/index.ts'
import { defaultPool, type Pool } from '../loadbalancer/index.ts'

/** Ranges of one family. */
export interface Ranges {
  /** The network of the nodes, the control plane and the laptop outside. */
  readonly nodeCIDR: string
  readonly podCIDR: string
  readonly serviceCIDR: string
}

/** The addresses of a cluster: IPv4's ranges, which come first everywhere, and IPv6's beside them. */
export interface AddressPlan extends Ranges {
  /** Left out, the cluster has IPv4 only. */
  readonly ipv6?: Ranges
  /** Where load balancers get their addresses; a quarter of the nodes' network when left out. */
  readonly loadBalancerPool?: readonly string[]
}

/** Ranges as upstream's documentation and the common installers have them. */
export const DEFAULT_RANGES: Ranges = { nodeCIDR: '192.168.1.0/24', podCIDR: '10.244.0.0/16', serviceCIDR: '10.96.0.0/12' }

const NAMES = ['nodeCIDR', 'podCIDR', 'serviceCIDR'] as const

/** In the nodes' network: the control plane, the first node, and the laptop that stands outside the cluster. */
const CONTROL_PLANE = 1
export const FIRST_NODE = 2
const OUTSIDE = 10
/** Counted from the end of the network: the address of the computer that the cluster runs on. */
const HOST_FROM_END = 2n

export const controlPlaneIP = ({ nodeCIDR }: AddressPlan): string => addressAt(nodeCIDR, CONTROL_PLANE)
export const outsideIP = ({ nodeCIDR }: AddressPlan): string => addressAt(nodeCIDR, OUTSIDE)
/** The host, where it has a wire to the nodes' network. */
export const hostIP = ({ nodeCIDR }: AddressPlan): string => addressAt(nodeCIDR, parseCIDR(nodeCIDR).size - HOST_FROM_END)
/** The cluster IP of `kube-dns`, by convention the tenth of the range. */
export const dnsIP = ({ serviceCIDR }: Pick<AddressPlan, 'serviceCIDR'>): string => addressAt(serviceCIDR, 10)
/** The cluster IP of the Service `kubernetes`. */
export const kubernetesIP = ({ serviceCIDR }: AddressPlan): string => addressAt(serviceCIDR, 1)

/** One of the ranges in every family that the cluster has, IPv4 first. */
export const inFamilies = (plan: AddressPlan, name: keyof Ranges): readonly string[] => [
  plan[name],
  ...(plan.ipv6 ? [plan.ipv6[name]] : []),
]

/**
 * All the addresses of who has `ip` in the nodes' network: it has the same number in each family's, so 192.168.1.2 goes with
 * fd00:192:168:1::2. Throws BadCIDR for an address of another network.
 */
export function addressesOf({ nodeCIDR, ipv6 }: AddressPlan, ip: string): readonly string[] {
  return ipv6 ? [ip, addressAt(ipv6.nodeCIDR, numberOf(nodeCIDR, ip))] : [ip]
}

/** Which number `ip` has in the nodes' network. */
export function numberOf(nodeCIDR: string, ip: string): bigint {
  const number = indexIn(nodeCIDR, ip)
  if (number === undefined) throw new PortolanError('BadCIDR', `${ip} is not in ${nodeCIDR}`)
  return number
}

export const poolOf = (plan: AddressPlan): Pool => plan.loadBalancerPool ?? defaultPool(inFamilies(plan, 'nodeCIDR'))

/**
 * The IPv6 ranges that go with IPv4 ones and are written with the same figures, so that one is known by the other: fd00:10:244::/56
 * beside 10.244.0.0/16. Unique local addresses (RFC 4193), of the sizes that kind and kubeadm's documentation have. Where that of the
 * Pods would hold one of the others, which begin with the same two figures, it ends with ff00, where no figure leads.
 */
export function ipv6Beside(ranges: Ranges): Ranges {
  const [nodeCIDR, serviceCIDR] = [sameFigures(ranges.nodeCIDR, 64), sameFigures(ranges.serviceCIDR, 112)]
  const podCIDR = sameFigures(ranges.podCIDR, 56)
  const isFree = ![nodeCIDR, serviceCIDR].some((range) => overlaps(range, podCIDR))
  return { nodeCIDR, serviceCIDR, podCIDR: isFree ? podCIDR : sameFigures(ranges.podCIDR, 56, 'ff00') }
}

function sameFigures(cidr: string, prefix: number, end?: string): string {
  checkFamily(cidr, 0)
  const [a, b, c] = addressAt(cidr, 0).split('.')
  return subnetAt(`fd00:${a}:${b}:${end ?? c}::/${prefix}`, prefix, 0)
}

const WIDTHS = [32, 128]

function checkFamily(range: string, family: number): void {
  if (parseCIDR(range).width !== WIDTHS[family])
    throw new PortolanError('BadRanges', `${range} is not a range of IPv${family === 0 ? 4 : 6} addresses`)
}

/** `dual` is IPv4 and IPv6. */
export type IPFamily = 'ipv4' | 'dual'
export const familyOf = ({ ipv6 }: AddressPlan): IPFamily => (ipv6 ? 'dual' : 'ipv4')

/** Ranges as people ask for them, in kubeadm's form: `10.244.0.0/16`, or with one of IPv6 behind it and a comma between. */
export type WantedRanges = Partial<Ranges>

/** The plan of a new cluster, which isn't checked yet: what isn't wanted otherwise is as usual. */
export function newPlan(wanted: WantedRanges, family: IPFamily): AddressPlan {
  const ranges = { ...DEFAULT_RANGES, ...pick(wanted, 0) }
  const ipv6 = pick(wanted, 1)
  if (family === 'dual') return { ...ranges, ipv6: { ...ipv6Beside(ranges), ...ipv6 } }
  const [unused] = Object.values(ipv6)
  if (unused === undefined) return ranges
  throw new PortolanError('BadRanges', `${unused} has no use in a cluster of IPv4 only`)
}

function pick(wanted: WantedRanges, family: number): Partial<Ranges> {
  const found = NAMES.map((name) => [name, wanted[name]?.split(',')[family]?.trim()] as const)
  return Object.fromEntries(found.filter(([, range]) => range !== undefined))
}

/** Prefixes of the smallest ranges that a cluster does with, by family. */
const SMALLEST = { nodeCIDR: [24, 112], podCIDR: [24, 64], serviceCIDR: [24, 112] } as const

/** Throws BadRanges for ranges that overlap, leave no room or are of the wrong family, BadCIDR for what is none. */
export function checkRanges(plan: AddressPlan): void {
  const ranges = NAMES.flatMap((name) => inFamilies(plan, name).map((range, family) => ({ name, range, family })))
  for (const [index, { name, range, family }] of ranges.entries()) {
    checkFamily(range, family)
    const other = ranges.slice(index + 1).find((each) => overlaps(range, each.range))
    if (other) throw new PortolanError('BadRanges', `${range} and ${other.range} overlap`)
    const smallest = SMALLEST[name][family] ?? 0
    if (parseCIDR(range).prefix > smallest) throw new PortolanError('BadRanges', `${range} is too small: a /${smallest} at least`)
  }
}

/** Throws BadRanges when a cluster that is there doesn't have what is wanted of it. */
export function checkUnchanged(plan: AddressPlan, wanted: WantedRanges, family: IPFamily | undefined): void {
  const makeRoom = 'portolan down --delete makes room for a new one'
  for (const name of NAMES) {
    const has = inFamilies(plan, name)
    const wants = [0, 1].flatMap((each) => pick(wanted, each)[name] ?? [])
    if (wants.some((range) => !has.includes(range)))
      throw new PortolanError('BadRanges', `the cluster has ${name} ${has.join(',')} already; ${makeRoom}`)
  }
  if (family !== undefined && family !== familyOf(plan))
    throw new PortolanError('BadRanges', `the cluster has ${plan.ipv6 ? 'IPv4 and IPv6' : 'IPv4 only'}; ${makeRoom}`)
}
