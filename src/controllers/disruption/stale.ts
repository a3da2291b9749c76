import { isPodOver, type Pod, podCondition, pods, withPodCondition } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import { millisOf, timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'

/** Milliseconds. Source: pkg/controller/disruption stalePodDisruptionTimeout. */
const TIMEOUT = 2 * 60_000
const TYPE = 'DisruptionTarget'

/**
 * Milliseconds until it can be said that a Pod which was to be disturbed is not; 0 or less when it can be said now, undefined
 * when there is nothing to say. Its own kubelet may take as long as it likes.
 */
export function staleIn(pod: Pod, now: number): number | undefined {
  const condition = podCondition(pod, TYPE)
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined
  if (isPodOver(pod) || pod.metadata.deletionTimestamp) return undefined
  return millisOf(condition.lastTransitionTime ?? '1970-01-01T00:00:00Z') + TIMEOUT - now
}

/** Takes back what was said of Pods that were to be disturbed and are still there. */
export function clearStale({ client, caches, clock, log }: ControllerContext, signal: AbortSignal): void {
  const cache = caches.of(pods)
  const process = async (key: string): Promise<void> => {
    const pod = cache.get(key)
    const wait = pod && staleIn(pod, clock.now())
    if (!pod || wait === undefined) return
    if (wait > 0) return queue.addAfter(key, wait)
    const conditions = withPodCondition(pod, { type: TYPE, status: 'False' }, timestamp(clock.now()))
    const { namespace, name = '', uid, resourceVersion } = pod.metadata
    const body = { metadata: { uid, resourceVersion }, status: { conditions } }
    const patch = { type: 'merge', subresource: 'status', body } as const
    await client.patch(pods, { namespace, name }, patch, signal).catch(ignoreOutdated)
  }
  const queue = createQueue({ process, workers: 1, clock, log: log.child({ controller: 'stale-disruption' }) }, signal)
  cache.onChange((after) => {
    const { namespace, name } = after?.metadata ?? {}
    if (after && staleIn(after, clock.now()) !== undefined) queue.add(`${namespace}/${name}`)
  })
}
