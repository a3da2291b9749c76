import { type Node, nodes } from '../../api/index.ts'
import { createQueue, whenSeen } from '../../client/index.ts'
import { PortolanError } from '../../lib/index.ts'
import type { ClusterFacts, ControllerContext } from '../context.ts'
import { freeSubnet, prefixFor } from './plan.ts'

/** Gives every new node the addresses of its Pods: `spec.podCIDRs`, one of each family, which never change afterwards. */
export async function runNodeIpam(
  { client, caches, clock, log }: ControllerContext,
  { podCIDRs }: ClusterFacts,
  signal: AbortSignal,
): Promise<void> {
  const cache = caches.of(nodes)
  await cache.whenSynced()
  const process = async (name: string): Promise<void> => {
    const node = cache.get(name)
    if (!node || node.spec?.podCIDR || node.metadata.deletionTimestamp) return
    const taken = cache.list().flatMap(subnetsOf)
    const subnets = podCIDRs.map((podCIDR) => {
      const subnet = freeSubnet(podCIDR, taken)
      if (subnet !== undefined) return subnet
      throw new PortolanError('CIDRNotAvailable', `no /${prefixFor(podCIDR)} of ${podCIDR} is left for node ${name}`)
    })
    const body = { spec: { podCIDR: subnets[0], podCIDRs: subnets } }
    await whenSeen(cache, await client.patch(nodes, { name }, { type: 'merge', body }, signal))
  }
  // One at a time: two nodes must not be given the same addresses.
  const queue = createQueue({ process, workers: 1, clock, log: log.child({ controller: 'node-ipam' }) }, signal)
  cache.onChange((after) => after && queue.add(after.metadata.name ?? ''))
}

const subnetsOf = (node: Node): readonly string[] => node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : [])
