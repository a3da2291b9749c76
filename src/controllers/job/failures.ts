import type { Job, Pod } from '../../api/index.ts'
import { type End, endsOf, failuresSince } from './retry.ts'

/** Remembers Pods that failed and are gone since, because they were deleted: those that follow wait for them all the same. */
export class Failures {
  readonly #failures = new Map<string, ReadonlyMap<string, End>>()

  /** Takes note of a Job's Pods as they are. Answers the failures since its last success of those that are gone. */
  note(job: Job, pods: readonly Pod[]): readonly End[] {
    const { uid = '' } = job.metadata
    const all = new Map([...(this.#failures.get(uid) ?? []), ...endsOf(job, pods)])
    const counting = new Set(failuresSince([...all.values()]))
    const kept = new Map([...all].filter(([, end]) => counting.has(end)))
    if (kept.size > 0) this.#failures.set(uid, kept)
    else this.#failures.delete(uid)
    const there = new Set(pods.map(({ metadata }) => metadata.uid))
    return [...kept].flatMap(([pod, end]) => (there.has(pod) ? [] : [end]))
  }

  /** The Job has ended or is gone. */
  forget(uid = ''): void {
    this.#failures.delete(uid)
  }
}
