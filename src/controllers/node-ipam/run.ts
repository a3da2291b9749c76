import { type Node, nodes } from '../../api/index.ts'
import { createQueue, whenSeen } from '../../client/index.ts'
import { PortolanError } from '../../lib/index.ts'
import type { ClusterFacts, ControllerContext } from '../context.ts'
import { freeSubnet } from './plan.ts'

/** Gives every new node the addresses of its Pods: `spec.podCIDR`, which never changes afterwards. */
export async function runNodeIpam(
  { client, caches, clock, log }: ControllerContext,
  { podCIDR }: ClusterFacts,
  signal: AbortSignal,
): Promise<void> {
  const cache = caches.of(nodes)
  await cache.whenSynced()
  const process = async (name: string): Promise<void> => {
    const node = cache.get(name)
    if (!node || node.spec?.podCIDR || node.metadata.deletionTimestamp) return
    const subnet = freeSubnet(podCIDR, cache.list().flatMap(subnetsOf))
    if (subnet === undefined) throw new PortolanError('CIDRNotAvailable', `no /24 of ${podCIDR} is left for node ${name}`)
    const body = { spec: { podCIDR: subnet, podCIDRs: [subnet] } }
    await whenSeen(cache, await client.patch(nodes, { name }, { type: 'merge', body }, signal))
  }
  // One at a time: two nodes must not be given the same addresses.
  const queue = createQueue({ process, workers: 1, clock, log: log.child({ controller: 'node-ipam' }) }, signal)
  cache.onChange((after) => after && queue.add(after.metadata.name ?? ''))
}

const subnetsOf = (node: Node): readonly string[] => node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : [])
