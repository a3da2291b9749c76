import { isPodOver, type Job, type Pod, podCondition } from '../../api/index.ts'
import { backoff, millisOf } from '../../lib/index.ts'
import { hasEnded, isTracked } from './pod.ts'

/** Milliseconds after a failure until the next try, doubled with every further one. */
const RETRY = { base: 10_000, max: 600_000 }

/** How a Pod ended, and when; milliseconds. */
export interface End {
  readonly failed: boolean
  readonly at: number
}

/** How those of the Pods have ended that count, by uid: not those that nobody needed any more. */
export function endsOf(job: Job, pods: readonly Pod[]): ReadonlyMap<string, End> {
  const ended = pods.filter((pod) => isPodOver(pod) || (isTracked(pod) && hasEnded(job, pod)))
  return new Map(ended.map((pod) => [pod.metadata.uid ?? '', { failed: pod.status?.phase !== 'Succeeded', at: endOf(pod) }]))
}

/** The failures since the last success. */
export function failuresSince(ends: readonly End[]): readonly End[] {
  const lastSuccess = Math.max(0, ...ends.filter(({ failed }) => !failed).map(({ at }) => at))
  return ends.filter((end) => end.failed && end.at > lastSuccess)
}

/** Milliseconds until a Pod may follow those that ended; 0 or less when it may now. */
export function retryIn(ends: readonly End[], now: number): number {
  const failed = failuresSince(ends)
  if (failed.length === 0) return 0
  return Math.max(...failed.map(({ at }) => at)) + backoff(failed.length - 1, RETRY) - now
}

/** The same for one index: after the Pod with which it failed for the `tries`th time. */
export const retryAfter = (failed: Pod, tries: number, now: number): number => endOf(failed) + backoff(tries - 1, RETRY) - now

/** When the last of a Pod's containers ended, or else when it stopped being ready, or was deleted, or made; milliseconds. */
function endOf(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) => millisOf(state?.terminated?.finishedAt ?? ''))
  if (times.length > 0 && !times.some(Number.isNaN)) return Math.max(...times)
  const ready = podCondition(pod, 'Ready')
  if (ready?.status === 'False' && ready.lastTransitionTime) return millisOf(ready.lastTransitionTime)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp = '1970-01-01T00:00:00Z' } = pod.metadata
  return deletionTimestamp ? millisOf(deletionTimestamp) - deletionGracePeriodSeconds * 1000 : millisOf(creationTimestamp)
}
