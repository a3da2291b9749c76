import type { Node } from '../../api/index.ts'
import { isIPv6 } from '../../lib/index.ts'

/** One way to other nodes' Pods. */
export interface Route {
  /** `10.244.2.0/24` */
  readonly destination: string
  /** The InternalIP of the node that has them, of the same family. */
  readonly via: string
}

/** The ranges of a node's Pods, one of each family at most, the primary first; empty before it has been given any. */
export const podCIDRsOf = ({ spec }: Node): readonly string[] =>
  spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR])

/** Routes to every other node's Pods; pure. Nodes without a range or an address have no Pods that could be reached. */
export function planRoutes(nodes: readonly Node[], self: string): Route[] {
  return nodes.flatMap((node) => {
    if (node.metadata.name === self) return []
    const own = (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
    return podCIDRsOf(node).flatMap((destination) => {
      const via = own.find((address) => isIPv6(address) === isIPv6(destination))
      return via === undefined ? [] : [{ destination, via }]
    })
  })
}

/** ip(8) commands that bring the routes from `before` to `after`. */
export function routeCommands(before: readonly Route[], after: readonly Route[]): string[] {
  const wanted = new Set(after.map(({ destination }) => destination))
  const present = new Set(before.map(print))
  return [
    ...before.filter(({ destination }) => !wanted.has(destination)).map((route) => `route del ${print(route)}`),
    ...after.filter((route) => !present.has(print(route))).map((route) => `route replace ${print(route)}`),
  ]
}

/** The protocol number marks the routes as ours (rtnetlink(7)): a restarted kubelet knows which to take away. */
export const ROUTE_PROTOCOL = 80

const print = ({ destination, via }: Route): string => `${destination} via ${via} proto ${ROUTE_PROTOCOL}`
