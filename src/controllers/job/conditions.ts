import type { Job, JobCondition } from '../../api/index.ts'
import { millisOf, timestamp } from '../../lib/index.ts'

export type ConditionDraft = Pick<JobCondition, 'type' | 'reason' | 'message'> & { readonly status?: 'True' | 'False' }

/** The condition of a type that is true; undefined when there is none or it says False. */
export const trueCondition = ({ status }: Pick<Job, 'status'>, type: string): JobCondition | undefined =>
  status?.conditions?.find((condition) => condition.type === type && condition.status === 'True')

/** The condition by which a Job has ended; undefined while it has not. */
export const finished = (job: Job): JobCondition | undefined => trueCondition(job, 'Complete') ?? trueCondition(job, 'Failed')

/** The conditions with `drafts` among them; one that says the same already keeps its times. */
export function withConditions(job: Job, drafts: readonly ConditionDraft[], now: number): JobCondition[] {
  const time = timestamp(now)
  const all = [...(job.status?.conditions ?? [])]
  for (const { status = 'True', ...draft } of drafts) {
    const index = all.findIndex(({ type }) => type === draft.type)
    if (index >= 0 && all[index]?.status === status) continue
    all.splice(index < 0 ? all.length : index, 1, { ...draft, status, lastProbeTime: time, lastTransitionTime: time })
  }
  return all
}

/** Milliseconds until a Job that has ended is to be deleted; undefined when it is to stay. */
export function expiresIn(job: Job, now: number): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec ?? {}
  const at = finished(job)?.lastTransitionTime
  return ttl === undefined || at === undefined ? undefined : millisOf(at) + ttl * 1000 - now
}
