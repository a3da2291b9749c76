import { type Node, nodes, pods } from '../../api/index.ts'
import { createQueue, isConflict, isNotFound, whenSeenDeleted } from '../../client/index.ts'
import { timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { type Collected, markedFailed, plan } from './plan.ts'

/** As upstream, in milliseconds: how often to look, and how long a node must be gone before its Pods are. */
const PERIOD = 20_000
const QUARANTINE = 40_000

/** Removes Pods that nobody else will remove, a while after they have become so. */
export async function runPodGC({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): Promise<void> {
  const podCache = caches.of(pods)
  const nodeCache = caches.of(nodes)
  await Promise.all([podCache.whenSynced(), nodeCache.whenSynced()])
  const missing = new Map<string, number>()

  /** The nodes that there are, and those that may be about to come back. */
  const knownNodes = (): Map<string, Node | undefined> => {
    const there = new Map<string, Node | undefined>(nodeCache.list().map((node) => [node.metadata.name ?? '', node]))
    const named = new Set(podCache.list().flatMap(({ spec }) => (spec?.nodeName ? [spec.nodeName] : [])))
    for (const name of missing.keys()) if (there.has(name) || !named.has(name)) missing.delete(name)
    for (const name of named) {
      if (there.has(name)) continue
      const since = missing.get(name) ?? clock.now()
      missing.set(name, since)
      if (clock.now() - since < QUARANTINE) there.set(name, undefined)
    }
    return there
  }
  const collect = async (collected: Collected): Promise<void> => {
    const { pod, reason } = collected
    const { namespace, name = '', uid } = pod.metadata
    const status = markedFailed(collected, timestamp(clock.now()))
    const body = { metadata: { uid }, status }
    if (status) await client.patch(pods, { namespace, name }, { type: 'merge', subresource: 'status', body }, signal)
    await client.delete(pods, { namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid } }, signal)
    log.info({ pod: `${namespace}/${name}`, reason }, 'collected')
    await whenSeenDeleted(podCache, pod)
  }
  const process = async (key: string): Promise<void> => {
    queue.addAfter(key, PERIOD)
    for (const collected of plan({ pods: podCache.list(), nodes: knownNodes() }))
      await collect(collected).catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
  }
  const queue = createQueue({ process, workers: 1, clock, log: log.child({ controller: 'pod-gc' }) }, signal)
  queue.add('pods')
}
