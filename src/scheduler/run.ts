import {
  isPodOver,
  keyOf,
  namespaces,
  nodes,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type Pod,
  pods,
  semanticEqual,
  storageClasses,
} from '../api/index.ts'
import {
  type Cache,
  type Caches,
  type Client,
  createQueue,
  createRecorder,
  isConflict,
  isNotFound,
  type Recorder,
  whenSeen,
} from '../client/index.ts'
import { type Clock, type Logger, timestamp } from '../lib/index.ts'
import { type Claims, mountsClaims, obstacleOf } from './claims.ts'
import type { Cluster } from './cluster.ts'
import { schedule } from './plan.ts'
import { useOf } from './resources.ts'
import { followSiblings } from './siblings.ts'
import { dependsOnOthers, isAsInviting, unschedulable, waitsForNode } from './waiting.ts'

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
  const actionOf = (reason: string): string => (reason === 'Scheduled' ? 'Binding' : 'Scheduling')
  const recorder = createRecorder({ client, component: schedulerName, actionOf, clock, log })
  const clusterFor = await followCluster(caches)
  const writer: Writer = { client, podCache, clock, recorder, signal }

  const process = async (key: string): Promise<void> => {
    const pod = podCache.get(key)
    if (!pod || !waitsForNode(pod, schedulerName)) return
    const decision = schedule(pod, clusterFor(pod))
    if ('message' in decision) waiting.add(key)
    await ('node' in decision ? bind(writer, pod, decision.node) : report(writer, pod, decision.message)).catch(ignoreGone)
  }

  /** Pods for which there was no node: a change of nodes or Pods, or of the namespaces that their affinity is about, may make one. */
  const waiting = new Set<string>()
  const lookAgain = (isConcerned: (pod: Pod) => boolean = () => true): void => {
    for (const key of waiting) {
      const pod = podCache.get(key)
      if (pod && !isConcerned(pod)) continue
      waiting.delete(key)
      queue.add(key)
    }
  }
  const queue = createQueue({ process, workers: 1, clock, log }, signal)
  podCache.onChange((after, before) => {
    if (after && waitsForNode(after, schedulerName)) queue.add(keyOf(after))
    else if (!isThere(after) && isThere(before)) lookAgain()
    else if (isThere(after) && !(isThere(before) && isSameCompany(after, before))) lookAgain(dependsOnOthers)
  })
  caches.of(persistentVolumeClaims).onChange(() => lookAgain(mountsClaims))
  nodeCache.onChange((after, before) => {
    if (!isAsInviting(after, before)) lookAgain()
  })
  caches.of(namespaces).onChange((after, before) => {
    if (!semanticEqual(after?.metadata.labels, before?.metadata.labels)) lookAgain(dependsOnOthers)
  })
}

const isThere = (pod: Pod | undefined): pod is Pod => Boolean(pod?.spec?.nodeName) && !isPodOver(pod!)

/** Whether a Pod is to others what it was: by its labels, and by whether it is on its way out. */
const isSameCompany = ({ metadata: a }: Pod, { metadata: b }: Pod): boolean =>
  a.deletionTimestamp === b.deletionTimestamp && semanticEqual(a.labels, b.labels)

/** Resolves when the caches have synced, to a function that draws the picture on which one Pod is decided about. */
async function followCluster(caches: Caches): Promise<(pod: Pod) => Cluster> {
  const [nodeCache, podCache, namespaceCache] = [caches.of(nodes), caches.of(pods), caches.of(namespaces)]
  const podsOn = podCache.indexBy((pod) => (isThere(pod) ? [pod.spec?.nodeName ?? ''] : []))
  const [siblings] = await Promise.all([
    followSiblings(caches),
    ...[nodeCache, podCache, namespaceCache].map((cache) => cache.whenSynced()),
  ])
  const [claims, classes] = [caches.of(persistentVolumeClaims), caches.of(storageClasses)]
  await Promise.all([claims.whenSynced(), classes.whenSynced()])
  const bindsLate = ({ spec }: PersistentVolumeClaim): boolean =>
    classes.get(spec?.storageClassName ?? '')?.volumeBindingMode === 'WaitForFirstConsumer'
  const claimsFor = ({ metadata }: Pod): Claims => ({ find: (name) => claims.get(`${metadata.namespace}/${name}`), bindsLate })
  return (pod) => ({
    places: nodeCache.list().map((node) => {
      const there = podsOn(node.metadata.name ?? '')
      return { node, pods: there, use: useOf(there) }
    }),
    namespaceLabels: (namespace) => namespaceCache.get(namespace)?.metadata.labels,
    siblings: siblings.of(pod),
    obstacle: mountsClaims(pod) ? obstacleOf(pod, claimsFor(pod)) : undefined,
  })
}

/** What decisions are written with. */
interface Writer {
  readonly client: Client
  readonly podCache: Cache<Pod>
  readonly clock: Clock
  readonly recorder: Recorder
  readonly signal: AbortSignal
}

async function bind({ client, podCache, recorder, signal }: Writer, pod: Pod, node: string): Promise<void> {
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

async function report({ client, podCache, clock, recorder, signal }: Writer, pod: Pod, message: string): Promise<void> {
  const conditions = unschedulable(pod, message, timestamp(clock.now()))
  if (!conditions) return
  recorder.event(pod, 'Warning', 'FailedScheduling', message)
  const { namespace, name = '' } = pod.metadata
  const patch = { type: 'merge', subresource: 'status', body: { status: { conditions } } } as const
  await whenSeen(podCache, await client.patch(pods, { namespace, name }, patch, signal))
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}
