import { controllerOf, isPodOver, keyOf, nodes, type Pod, pods } from '../api/index.ts'
import { type Caches, type Client, createQueue, createRecorder, isConflict, isNotFound, whenSeen } from '../client/index.ts'
import { type Clock, type Logger, timestamp } from '../lib/index.ts'
import { type Candidate, schedule, unschedulable, waitsForNode } from './plan.ts'
import { useOf } from './resources.ts'

export interface SchedulerOptions {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
  /** Pods with another `schedulerName` are left to others. */
  readonly name?: string
}

/** Gives every waiting Pod a node, one after the other, so that each decision sees the ones before it. */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const { client, caches, clock, log, name: schedulerName = 'default-scheduler' } = options
  const nodeCache = caches.of(nodes)
  const podCache = caches.of(pods)
  const recorder = createRecorder({ client, component: schedulerName, clock, log })
  podCache.addIndex('node', (pod) => (pod.spec?.nodeName && !isPodOver(pod) ? [pod.spec.nodeName] : []))
  await Promise.all([nodeCache.whenSynced(), podCache.whenSynced()])

  const candidates = (pod: Pod): Candidate[] => {
    const owner = controllerOf(pod)?.uid
    return nodeCache.list().map((node) => {
      const there = podCache.byIndex('node', node.metadata.name ?? '')
      const siblings = owner === undefined ? 0 : there.filter((other) => controllerOf(other)?.uid === owner).length
      return { node, use: useOf(there), siblings }
    })
  }
  const process = async (key: string): Promise<void> => {
    const pod = podCache.get(key)
    if (!pod || !waitsForNode(pod, schedulerName)) return
    const decision = schedule(pod, candidates(pod))
    await ('node' in decision ? bind(pod, decision.node) : report(pod, decision.message)).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
  }
  const bind = async (pod: Pod, node: string): Promise<void> => {
    const { namespace, name = '', uid } = pod.metadata
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    }
    await client.createSubresource(pods, { namespace, name, subresource: 'binding' }, binding, signal)
    recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
    await podCache
      .until(keyOf(pod), (seen) => seen?.metadata.uid !== uid || Boolean(seen?.spec?.nodeName), AbortSignal.timeout(5_000))
      .catch(() => {})
  }
  const report = async (pod: Pod, message: string): Promise<void> => {
    const conditions = unschedulable(pod, message, timestamp(clock.now()))
    waiting.add(keyOf(pod))
    if (!conditions) return
    recorder.event(pod, 'Warning', 'FailedScheduling', message)
    const { namespace, name = '' } = pod.metadata
    const written = await client.patch(
      pods,
      { namespace, name },
      { type: 'merge', subresource: 'status', body: { status: { conditions } } },
      signal,
    )
    await whenSeen(podCache, written)
  }

  /** Pods for which there was no node; any change of nodes or Pods may make one. */
  const waiting = new Set<string>()
  const lookAgain = (): void => {
    for (const key of waiting) queue.add(key)
    waiting.clear()
  }
  const queue = createQueue({ process, workers: 1, clock, log }, signal)
  podCache.onChange((after, before) => {
    if (after && waitsForNode(after, schedulerName)) queue.add(keyOf(after))
    if (before?.spec?.nodeName && (!after || isPodOver(after))) lookAgain()
  })
  nodeCache.onChange(lookAgain)
}
