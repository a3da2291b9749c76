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
