import { leases, type Node, nodes, type Pod, pods, semanticEqual } from '../../api/index.ts'
import { createQueue, createRecorder } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { Evictor } from './evictor.ts'
import { NodeMarker } from './marker.ts'
import { lastHeard, readyCondition } from './plan.ts'

/** Milliseconds, as upstream's --node-monitor-period. */
const LOOK_AGAIN = 5_000
const LEASE_NAMESPACE = 'kube-node-lease'

/** Notices nodes that fall silent, marks them, and evicts what ran there. */
export async function runNodeLifecycle({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const nodeCache = caches.of(nodes)
  const podCache = caches.of(pods)
  const leaseCache = caches.of(leases, { namespace: LEASE_NAMESPACE })
  const recorder = createRecorder({ client, component: 'node-controller', clock, log })
  const podsOn = podCache.indexBy((pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []))
  await Promise.all([nodeCache, podCache, leaseCache].map((cache) => cache.whenSynced()))
  const marker = new NodeMarker({ client, cache: nodeCache, recorder, clock }, signal)
  const evictor = new Evictor({ client, recorder, clock }, signal)

  const look = async (name: string): Promise<void> => {
    const node = nodeCache.get(name)
    if (!node) return
    const known = await marker.mark(node, lastHeard(node, leaseCache.get(`${LEASE_NAMESPACE}/${name}`)))
    const there = podsOn(name)
    if (readyCondition(known)?.status !== 'True') await Promise.all(there.map((pod) => evictor.markUnready(pod)))
    const waits = await Promise.all(there.map((pod) => evictor.evict(pod, nodeCache.get(name) ?? known)))
    queue.addAfter(name, Math.min(LOOK_AGAIN, ...waits.filter((wait) => wait !== undefined)))
  }
  // The kubelet wrote in between: the event that says so asks for another look.
  const process = (name: string): Promise<void> => look(name).catch(ignoreOutdated)
  const queue = createQueue({ process, workers: 4, clock, log: log.child({ controller: 'node-lifecycle' }) }, signal)

  const tell = (node: Node, reason: string, what: string): void =>
    recorder.event(node, 'Normal', reason, `Node ${node.metadata.name} event: ${what}`)
  nodeCache.onChange((after, before) => {
    const { name = '' } = (after ?? before)?.metadata ?? {}
    if (after && !before) tell(after, 'RegisteredNode', `Registered Node ${name} in Controller`)
    if (before && !after) tell(before, 'RemovingNode', `Removing Node ${name} from Controller`)
    if (after) queue.add(name)
  })
  podCache.onChange((after, before) => {
    const { nodeName = '' } = after?.spec ?? {}
    const mayHaveToLeave = nodeCache.get(nodeName)?.spec?.taints?.some(({ effect }) => effect === 'NoExecute')
    if (mayHaveToLeave && !isAsTolerant(after, before)) queue.add(nodeName)
  })
}

/** Whether a Pod is where it was and tolerates what it tolerated. */
const isAsTolerant = (a: Pod | undefined, b: Pod | undefined): boolean =>
  a?.spec?.nodeName === b?.spec?.nodeName && semanticEqual(a?.spec?.tolerations, b?.spec?.tolerations)
