import { type Clock, timestamp } from '../../lib/index.ts'
import { leases, type Node, nodes, type Pod, pods, type Taint } from '../../api/index.ts'
import { createQueue, createRecorder, isConflict, isNotFound, whenSeen } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import {
  evictedConditions,
  GRACE,
  lastHeard,
  leaveAt,
  lostConditions,
  readyCondition,
  unreadyConditions,
  wantedTaints,
} from './plan.ts'

const LOOK_AGAIN = 5_000
const LEASE_NAMESPACE = 'kube-node-lease'

/** Notices nodes that fall silent, marks them, and evicts what ran there. */
export async function runNodeLifecycle({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const nodeCache = caches.of(nodes)
  const podCache = caches.of(pods)
  const leaseCache = caches.of(leases, { namespace: LEASE_NAMESPACE })
  const recorder = createRecorder({ client, component: 'node-controller', clock, log })
  podCache.addIndex('node', (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []))
  await Promise.all([nodeCache, podCache, leaseCache].map((cache) => cache.whenSynced()))
  const firstSeen = rememberTaints(clock)
  const time = (): string => timestamp(clock.now())

  const process = (name: string): Promise<void> =>
    look(name).catch((error: unknown) => {
      // The kubelet wrote in between: the event that says so asks for another look.
      if (!isConflict(error) && !isNotFound(error)) throw error
    })
  const look = async (name: string): Promise<void> => {
    const node = nodeCache.get(name)
    if (!node) return
    const silent = clock.now() - lastHeard(node, leaseCache.get(`${LEASE_NAMESPACE}/${name}`))
    const lost = silent > GRACE ? lostConditions(node, time()) : undefined
    const known = lost ? await markLost(node, lost) : node
    const taints = wantedTaints(known, time())
    if (taints) {
      const body = { metadata: { resourceVersion: known.metadata.resourceVersion }, spec: { taints } }
      await whenSeen(nodeCache, await client.patch(nodes, { name }, { type: 'merge', body }, signal))
    }
    if (readyCondition(known)?.status !== 'True') await Promise.all(podCache.byIndex('node', name).map((pod) => markUnready(pod)))
    await Promise.all(podCache.byIndex('node', name).map((pod) => evict(pod, nodeCache.get(name) ?? known)))
    queue.addAfter(name, LOOK_AGAIN)
  }
  const markLost = async (node: Node, conditions: readonly unknown[]): Promise<Node> => {
    const name = node.metadata.name ?? ''
    recorder.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`)
    const written = await client.patch(
      nodes,
      { name },
      { type: 'merge', subresource: 'status', body: { status: { conditions } } },
      signal,
    )
    await whenSeen(nodeCache, written)
    return written
  }
  const markUnready = async (pod: Pod): Promise<void> => {
    const conditions = unreadyConditions(pod, time())
    if (!conditions) return
    recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
    await setConditions(pod, conditions)
  }
  const setConditions = async (pod: Pod, conditions: readonly unknown[]): Promise<void> => {
    const patch = { type: 'merge', subresource: 'status', body: { status: { conditions } } } as const
    await client.patch(pods, nameOf(pod), patch, signal).catch(ignoreGone)
  }
  const evict = async (pod: Pod, node: Node): Promise<void> => {
    const at = leaveAt(pod, node, (taint) => firstSeen(node, taint))
    if (at === undefined || at > clock.now() || pod.metadata.deletionTimestamp) return
    recorder.event(
      pod,
      'Normal',
      'TaintManagerEviction',
      `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
    )
    await setConditions(pod, evictedConditions(pod, time()))
    await client.delete(pods, nameOf(pod), { preconditions: { uid: pod.metadata.uid } }, signal).catch(ignoreGone)
  }

  const queue = createQueue({ process, workers: 4, clock, log: log.child({ controller: 'node-lifecycle' }) }, signal)
  nodeCache.onChange((after) => after && queue.add(after.metadata.name ?? ''))
}

const nameOf = ({ metadata }: Pod) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}

/** When a taint was first seen on a node, for those that don't say: kubectl's. A taint that comes back counts anew. */
function rememberTaints(clock: Clock): (node: Node, taint: Taint) => number {
  const known = new Map<string, { readonly node: Node; readonly times: ReadonlyMap<string, number> }>()
  const keyOf = ({ key, value = '', effect }: Taint): string => [key, value, effect].join('/')
  return (node, taint) => {
    const { name = '' } = node.metadata
    const before = known.get(name)
    if (before?.node !== node) {
      const now = clock.now()
      const times = (node.spec?.taints ?? []).map(keyOf).map((key) => [key, before?.times.get(key) ?? now] as const)
      known.set(name, { node, times: new Map(times) })
    }
    return known.get(name)?.times.get(keyOf(taint)) ?? clock.now()
  }
}
