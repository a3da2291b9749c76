import { nodes as nodeResource } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'
import type { Ip } from '../../kernel/index.ts'
import { type Clock, createRunner, isIPv6, type Logger } from '../../lib/index.ts'
import type { KubeletKernel, KubeletOptions } from '../options.ts'
import { masqueradeScript } from './masquerade.ts'
import { planRoutes, type Route, ROUTE_PROTOCOL, routeCommands } from './plan.ts'

/** Settings under which a node is a router between its Pods and everything else. */
const SYSCTLS: Readonly<Record<string, number>> = {
  'net.ipv4.ip_forward': 1,
  // What a Pod sends to a Service may come back to the same interface; that is no detour it should be told of.
  'net.ipv4.conf.all.send_redirects': 0,
  'net.ipv4.conf.default.send_redirects': 0,
}

/**
 * Makes the node a router for its Pods, in every family in which it has an address; with `podNetworks`, one that hides their
 * addresses from everybody outside of these.
 */
export async function prepareNode(
  { setSysctl, nft }: KubeletKernel,
  { nodeIPs, podNetworks = [] }: Pick<KubeletOptions, 'nodeIPs' | 'podNetworks'>,
): Promise<void> {
  for (const [name, value] of Object.entries(SYSCTLS)) setSysctl(name, value)
  if (nodeIPs.some(isIPv6)) setSysctl('net.ipv6.conf.all.forwarding', 1)
  if (podNetworks.length > 0) await nft.run(podNetworks.map(masqueradeScript).join(''))
}

export interface RouteOptions {
  readonly caches: Caches
  readonly nodeName: string
  readonly ip: Ip
  readonly clock: Clock
  readonly log: Logger
}

/** Keeps a route to every other node's Pods until `signal` aborts; the routes then stay, as the Pods do. */
export function keepRoutes({ caches, nodeName, ip, clock, log }: RouteOptions, signal: AbortSignal): void {
  const nodes = caches.of(nodeResource)
  const update = async (): Promise<void> => {
    await nodes.whenSynced()
    await ip.batch(routeCommands(await currentRoutes(ip), planRoutes(nodes.list(), nodeName)))
  }
  const runner = createRunner({ run: update, clock, log }, signal)
  const unsubscribe = nodes.onChange((after, before) => {
    if (JSON.stringify(planRoutes(listOf(after), nodeName)) !== JSON.stringify(planRoutes(listOf(before), nodeName)))
      runner.request()
  })
  signal.addEventListener('abort', unsubscribe, { once: true })
  runner.request()
}

/** A heartbeat changes a Node without changing where its Pods are. */
const listOf = <T>(item: T | undefined): T[] => (item === undefined ? [] : [item])

/** A kernel without IPv6 has none of its routes. */
async function currentRoutes(ip: Ip): Promise<Route[]> {
  const ours = ['route', 'show', 'proto', String(ROUTE_PROTOCOL)]
  const [routes, more] = await Promise.all([ip.query(['-4', ...ours]), ip.query(['-6', ...ours]).catch(() => [])])
  return [...routes, ...more].map(({ dst, gateway }) => ({ destination: String(dst), via: String(gateway) }))
}
