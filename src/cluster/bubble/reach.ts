import { createHash } from 'node:crypto'
import { createIp, firstProcessOf, getSysctl, type Ip, type IpObject, run } from '../../kernel/index.ts'
import { isIPv6, messageOf, overlaps, parseCIDR } from '../../lib/index.ts'
import { BRIDGE } from './network.ts'
import { addressesOf, hostIP, type Ranges } from '../addresses.ts'
import { type ClusterSpec, DEFAULT_NAME } from '../spec.ts'

/** What the host's end of the wire is called inside the bubble. */
const INSIDE = 'host'

/** Whether the host has a way to the cluster's addresses, and if not to all of them, why. */
export type Reach = { readonly device: string; readonly noIPv6?: string } | { readonly reason: string }

/**
 * Gives the host a wire to the nodes' network and a route to cluster IPs: an interface and two routes in each family, which go when
 * the bubble goes. The host's firewall isn't touched. Where the host routes one of these ranges already, nothing is done; where that
 * is one of IPv6's, the host has the wire for IPv4.
 */
export async function reachCluster(spec: ClusterSpec, holder: number): Promise<Reach> {
  const first = firstProcessOf(holder)
  if (first === undefined) return { reason: 'the cluster has ended' }
  const device = deviceOf(spec.name)
  const ip = createIp()
  try {
    const conflict = conflictOf(spec, await ip.query(['-4', 'route', 'show', 'table', 'all']))
    if (conflict) return { reason: conflict }
    await ip.batch([`link add ${device} type veth peer name ${INSIDE} netns ${first}`])
    await run('nsenter', [`--net=/proc/${first}/ns/net`, 'ip', 'link', 'set', INSIDE, 'master', BRIDGE, 'up'])
    await ip.batch(hostCommands(spec, device))
  } catch (error) {
    return { reason: messageOf(error) }
  }
  const noIPv6 = spec.ipv6 && (await reachByIPv6(spec, spec.ipv6, ip))
  return { device, ...(noIPv6 !== undefined && { noIPv6 }) }
}

/** Answers why not, if not. */
async function reachByIPv6(spec: ClusterSpec, ranges: Ranges, ip: Ip): Promise<string | undefined> {
  const device = deviceOf(spec.name)
  if (getSysctl(`net.ipv6.conf.${device}.disable_ipv6`) !== '0') return 'IPv6 is turned off on this computer'
  try {
    const conflict = conflictOf(ranges, await ip.query(['-6', 'route', 'show', 'table', 'all']))
    if (!conflict) await ip.batch(hostCommandsIPv6(spec, ranges, device))
    return conflict
  } catch (error) {
    return messageOf(error)
  }
}

/** Takes the wire away at once; what the kernel does by itself when the bubble has ended takes a moment. */
export async function leaveCluster(name: string): Promise<void> {
  await createIp()
    .batch([`link delete ${deviceOf(name)}`])
    .catch(() => {}) // it has gone with the bubble, or was never there
}

/** `portolan`, and for a cluster of another name `ptl-` and eight digits: an interface's name has 15 letters at most. */
const deviceOf = (name: string): string =>
  name === DEFAULT_NAME ? 'portolan' : `ptl-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`

const hostCommands = (spec: ClusterSpec, device: string): string[] => [
  ...(spec.ipv6 ? [`link set ${device} addrgenmode none`] : []),
  `addr add ${hostIP(spec)}/${parseCIDR(spec.nodeCIDR).prefix} dev ${device}`,
  `link set ${device} up`,
  `route add ${spec.serviceCIDR} ${spec.nodes.map(({ ip }) => `nexthop via ${ip}`).join(' ')}`,
]

function hostCommandsIPv6(spec: ClusterSpec, { nodeCIDR, serviceCIDR }: Ranges, device: string): string[] {
  const ofIPv6 = (ip: string): string => addressesOf(spec, ip).find(isIPv6) ?? ''
  return [
    `addr add ${ofIPv6(hostIP(spec))}/${parseCIDR(nodeCIDR).prefix} dev ${device} nodad`,
    `route add ${serviceCIDR} ${spec.nodes.map(({ ip }) => `nexthop via ${ofIPv6(ip)}`).join(' ')}`,
  ]
}

/** Says which range the host routes already; undefined when none. A default route is no conflict: it says nothing of a range. */
export function conflictOf(
  { nodeCIDR, serviceCIDR }: Pick<Ranges, 'nodeCIDR' | 'serviceCIDR'>,
  routes: readonly IpObject[],
): string | undefined {
  for (const route of routes) {
    const known = destinationOf(route)
    const range = known && [nodeCIDR, serviceCIDR].find((each) => overlaps(each, known))
    if (range) return `${range} is in use on this computer: it has a route to ${known} by ${deviceOfRoute(route)}`
  }
  return undefined
}

const EVERYWHERE = ['default', '0.0.0.0/0', '::/0']

/** In CIDR notation; undefined for a default route. */
function destinationOf({ dst }: IpObject): string | undefined {
  if (typeof dst !== 'string' || !/^[\da-f.:/]+$/.test(dst) || EVERYWHERE.includes(dst)) return undefined
  return dst.includes('/') ? dst : `${dst}/${isIPv6(dst) ? 128 : 32}`
}

/** A route may have several ways, of which the first says enough. */
function deviceOfRoute({ dev, nexthops }: IpObject): string {
  if (typeof dev === 'string') return dev
  const [first] = Array.isArray(nexthops) ? (nexthops as readonly IpObject[]) : []
  return first ? deviceOfRoute(first) : 'another way'
}
