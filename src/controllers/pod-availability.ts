import { millisOf } from '../lib/index.ts'
import { isPodReady, type Pod, podCondition } from '../api/index.ts'

/** Whether a Pod has been ready for at least `minReadySeconds`; `now` in milliseconds. Source: pkg/api/v1/pod IsPodAvailable. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return isPodReady(pod) && (minReadySeconds === 0 || availableIn(pod, minReadySeconds, now) <= 0)
}

/** Milliseconds until a ready Pod counts as available; 0 or less when it does. Infinity for one that isn't ready. */
export function availableIn(pod: Pod, minReadySeconds: number, now: number): number {
  const since = podCondition(pod, 'Ready')?.lastTransitionTime
  return isPodReady(pod) && since !== undefined ? millisOf(since) + minReadySeconds * 1000 - now : Infinity
}

/** Milliseconds until the next of these Pods counts as available; undefined when none is about to. */
export function nextAvailableIn(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  return minReadySeconds === 0 ? undefined : soonest(pods.map((pod) => availableIn(pod, minReadySeconds, now)))
}

/** The shortest of the waits that are ahead; undefined when none is. */
export function soonest(waits: readonly (number | undefined)[]): number | undefined {
  const ahead = waits.filter((wait) => wait !== undefined).filter((wait) => wait > 0 && Number.isFinite(wait))
  return ahead.length > 0 ? Math.min(...ahead) : undefined
}
