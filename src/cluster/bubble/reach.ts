import { createHash } from 'node:crypto'
import { createIp, type IpObject, firstProcessOf, run } from '../../kernel/index.ts'
import { messageOf, overlaps } from '../../lib/index.ts'
import { BRIDGE } from './init.ts'
import { type ClusterSpec, DEFAULT_NAME, hostIP } from '../spec.ts'

/** What the host's end of the wire is called inside the bubble. */
const INSIDE = 'host'

/** Whether the host has a way to the cluster's addresses, and if not, why. */
export type Reach = { readonly device: string } | { readonly reason: string }

/**
 * Gives the host a wire to the nodes' network and a route to cluster IPs: an interface and two routes, which go when the bubble
 * goes. The host's firewall isn't touched. Where the host routes one of these ranges already, nothing is done.
 */
export async function reachCluster(spec: ClusterSpec, holder: number): Promise<Reach> {
  const first = firstProcessOf(holder)
  if (first === undefined) return { reason: 'the cluster has ended' }
  try {
    const ip = createIp()
    const conflict = conflictOf(spec, await ip.query(['-4', 'route', 'show', 'table', 'all']))
    if (conflict) return { reason: conflict }
    const device = deviceOf(spec.name)
    await ip.batch([`link add ${device} type veth peer name ${INSIDE} netns ${first}`])
    await run('nsenter', [`--net=/proc/${first}/ns/net`, 'ip', 'link', 'set', INSIDE, 'master', BRIDGE, 'up'])
    await ip.batch(hostCommands(spec, device))
    return { device }
  } catch (error) {
    return { reason: messageOf(error) }
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

function hostCommands(spec: ClusterSpec, device: string): string[] {
  const hops = spec.nodes.map(({ ip }) => `nexthop via ${ip}`)
  return [
    `addr add ${hostIP(spec)}/${spec.nodeCIDR.split('/')[1]} dev ${device}`,
    `link set ${device} up`,
    `route add ${spec.serviceCIDR} ${hops.join(' ')}`,
  ]
}

/** Says which range the host routes already; undefined when none. A default route is no conflict: it says nothing of a range. */
export function conflictOf({ nodeCIDR, serviceCIDR }: ClusterSpec, routes: readonly IpObject[]): string | undefined {
  for (const route of routes) {
    const known = destinationOf(route)
    const range = known && [nodeCIDR, serviceCIDR].find((each) => overlaps(each, known))
    if (range) return `${range} is in use on this computer: it has a route to ${known} by ${deviceOfRoute(route)}`
  }
  return undefined
}

/** In CIDR notation; undefined for a default route, and for what is not IPv4. */
function destinationOf({ dst }: IpObject): string | undefined {
  if (typeof dst !== 'string' || !/^[\d.]+(\/\d+)?$/.test(dst) || dst === '0.0.0.0/0') return undefined
  return dst.includes('/') ? dst : `${dst}/32`
}

/** A route may have several ways, of which the first says enough. */
function deviceOfRoute({ dev, nexthops }: IpObject): string {
  if (typeof dev === 'string') return dev
  const [first] = Array.isArray(nexthops) ? (nexthops as readonly IpObject[]) : []
  return first ? deviceOfRoute(first) : 'another way'
}
