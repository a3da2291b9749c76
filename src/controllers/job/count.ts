import type { Job, Pod } from '../../api/index.ts'
import { judge } from './failure-policy.ts'
import { carriers, failedIndexes, isLimitedPerIndex } from './index-failures.ts'
import { readIndexes } from './indexes.ts'
import { hasEnded, hasPlace, indexOf, isIndexed, isTracked } from './pod.ts'

/** How the Pods of a Job ended, each counted once. */
export interface Tally {
  /** Pods that are counted and let go: what the status says for good. */
  readonly succeeded: number
  readonly failed: number
  /** Uids of Pods that are seen but not let go yet; the status remembers them until they are. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] }
  /** Indexes that have succeeded, of an Indexed Job. */
  readonly completed: ReadonlySet<number>
  /** Indexes that are given up, where indexes have limits of their own. */
  readonly failedIndexes: ReadonlySet<number>
  /** Pods that may go once the status is written. */
  readonly release: readonly Pod[]
  /** Pods that are counted too but may not go before another has taken over what they say of their index, or the Job has ended. */
  readonly held: readonly Pod[]
  /** Why the failure policy ends the Job; undefined when it doesn't. */
  readonly failJob: string | undefined
}

/**
 * Counts Pods that ended, so that none is counted twice or missed whenever this process dies: a uid is first written into the
 * status, then its Pod is let go, then the number goes up as the uid leaves. Where the Job is failing, every Pod that has not
 * succeeded has failed. Source: KEP-2307.
 */
export function tally(job: Job, pods: readonly Pod[], { isFailing = false } = {}): Tally {
  const { succeeded = 0, failed = 0, uncountedTerminatedPods: before = {}, completedIndexes } = job.status ?? {}
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid ?? '', pod]))
  const waiting = { succeeded: new Set<string>(), failed: new Set<string>() }
  const done = { succeeded, failed }
  for (const how of ['succeeded', 'failed'] as const) {
    for (const uid of before[how] ?? []) {
      if (tracked.has(uid)) waiting[how].add(uid)
      else done[how]++
    }
  }
  const completed = readIndexes(completedIndexes, job.spec?.completions)
  const ended = [...tracked.values()].filter((pod) => isFailing || hasEnded(job, pod))
  let failJob: string | undefined
  for (const pod of ended) {
    const { uid = '' } = pod.metadata
    if (waiting.succeeded.has(uid) || waiting.failed.has(uid)) continue
    if (pod.status?.phase === 'Succeeded') {
      if (!isIndexed(job)) waiting.succeeded.add(uid)
      else if (hasPlace(job, pod)) completed.add(indexOf(pod) ?? 0)
      continue
    }
    const verdict = judge(job, pod)
    if (verdict.action === 'FailJob') failJob ??= verdict.message
    if (verdict.action !== 'Ignore' && hasPlace(job, pod)) waiting.failed.add(uid)
  }
  const given = failedIndexes(job, pods)
  const kept = isLimitedPerIndex(job) ? carriers(job, pods, new Set([...completed, ...given])) : new Set<Pod>()
  return {
    succeeded: isIndexed(job) ? completed.size : done.succeeded,
    failed: done.failed,
    uncounted: { succeeded: [...waiting.succeeded], failed: [...waiting.failed] },
    completed,
    failedIndexes: given,
    release: ended.filter((pod) => !kept.has(pod)),
    held: ended.filter((pod) => kept.has(pod)),
    failJob,
  }
}
