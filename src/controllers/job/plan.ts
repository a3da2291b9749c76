import { isPodReady, type Job, type JobStatus, type Pod } from '../../api/index.ts'
import { backoff, millisOf, timestamp } from '../../lib/index.ts'
import { type ConditionDraft, trueCondition, withConditions } from './conditions.ts'
import { type Tally, tally } from './count.ts'
import { writeIndexes } from './indexes.ts'
import { indexOf, isActive, isIndexed, isTerminating, podFor } from './pod.ts'

/** Milliseconds after a failure until the next try, doubled with every further one. */
const RETRY = { base: 10_000, max: 600_000 }

export interface Plan {
  /** To be written before anything else is done. */
  readonly status: JobStatus
  readonly create: readonly Pod[]
  /** Pods that are to stop, and to count as failed. */
  readonly delete: readonly Pod[]
  /** Pods that are to stop without being counted: nobody needs them now. */
  readonly withdraw: readonly Pod[]
  /** Pods whose end is counted once the status is written. */
  readonly release: readonly Pod[]
  /** Milliseconds until time alone changes something; undefined when it doesn't. */
  readonly again: number | undefined
}

export interface PlanOptions {
  /** One that has not ended. */
  readonly job: Job
  /** Those that the Job controls. */
  readonly pods: readonly Pod[]
  /** Milliseconds. */
  readonly now: number
}

type Work = Pick<Plan, 'create' | 'delete' | 'withdraw' | 'again'>
const NO_WORK: Work = { create: [], delete: [], withdraw: [], again: undefined }

/** What a Job needs next. Source: pkg/controller/job/job_controller.go syncJob. */
export function plan(options: PlanOptions): Plan {
  const { job, pods } = options
  const counts = tally(job, pods)
  const outcome = outcomeOf(options, counts)
  const work = outcome ? { ...NO_WORK, delete: pods.filter(isActive) } : workOf(options, counts)
  return { ...work, status: statusOf(options, counts, outcome), release: counts.release }
}

/** The first half of an end, which is already told while Pods are still running: enough succeeded, or it has failed. */
function outcomeOf({ job, pods, now }: PlanOptions, counts: Tally): ConditionDraft | undefined {
  const told = trueCondition(job, 'SuccessCriteriaMet') ?? trueCondition(job, 'FailureTarget')
  if (told) return { type: told.type, reason: told.reason ?? '', message: told.message ?? '' }
  const fail = (reason: string, message: string): ConditionDraft => ({ type: 'FailureTarget', reason, message })
  const { backoffLimit = 6, activeDeadlineSeconds: deadline, suspend } = job.spec ?? {}
  if (counts.failJob !== undefined) return fail('PodFailurePolicy', counts.failJob)
  if (failures(counts) > backoffLimit || tooManyRestarts(job, pods, backoffLimit))
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  if (deadline !== undefined && !suspend && deadlineIn(job, now) <= 0)
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline')
  if (!isEnough(job, counts, pods)) return undefined
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
}

const failures = ({ failed, uncounted }: Tally): number => failed + uncounted.failed.length
const successes = ({ succeeded, uncounted }: Tally): number => succeeded + uncounted.succeeded.length

/** Without a number of completions, one success is the sign that the work is done: the others finish theirs. */
function isEnough(job: Job, counts: Tally, pods: readonly Pod[]): boolean {
  const { completions } = job.spec ?? {}
  if (completions !== undefined) return successes(counts) >= completions
  return successes(counts) > 0 && !pods.some(isActive)
}

/** With restartPolicy OnFailure it is the restarts that are limited. */
function tooManyRestarts(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false
  const statuses = pods
    .filter(isActive)
    .flatMap((pod) => [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])])
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** Milliseconds; Infinity where there is no deadline. */
function deadlineIn({ spec, status }: Job, now: number): number {
  if (spec?.activeDeadlineSeconds === undefined || status?.startTime === undefined) return Infinity
  return millisOf(status.startTime) + spec.activeDeadlineSeconds * 1000 - now
}

function workOf({ job, pods, now }: PlanOptions, counts: Tally): Work {
  const active = pods.filter(isActive)
  if (job.spec?.suspend) return { ...NO_WORK, withdraw: active }
  const { completions, parallelism = 1, activeDeadlineSeconds: deadline = Infinity } = job.spec ?? {}
  const open = completions === undefined ? (successes(counts) > 0 ? active.length : Infinity) : completions - successes(counts)
  const wanted = Math.min(open, parallelism)
  // A Pod on its way out still takes its place where it is to be replaced only after it has failed.
  const leaving = job.spec?.podReplacementPolicy === 'Failed' ? pods.filter(isTerminating) : []
  const missing = Math.max(0, wanted - active.length - leaving.length)
  const wait = missing > 0 ? retryIn(pods, now) : 0
  const left = job.status?.startTime === undefined ? deadline * 1000 : deadlineIn(job, now)
  const again = Math.min(left, wait > 0 ? wait : Infinity)
  return {
    create: wait > 0 ? [] : newPods(job, missing, { completed: counts.completed, taken: [...active, ...leaving] }),
    delete: [],
    withdraw: byAge(active)
      .toReversed()
      .slice(0, Math.max(0, active.length - wanted)),
    again: Number.isFinite(again) ? again : undefined,
  }
}

function newPods(
  job: Job,
  missing: number,
  { completed, taken }: { readonly completed: ReadonlySet<number>; readonly taken: readonly Pod[] },
): Pod[] {
  if (!isIndexed(job)) return Array.from({ length: missing }, () => podFor(job))
  const busy = new Set(taken.map(indexOf))
  const created: Pod[] = []
  for (let index = 0; index < (job.spec?.completions ?? 0) && created.length < missing; index++)
    if (!completed.has(index) && !busy.has(index)) created.push(podFor(job, index))
  return created
}

const byAge = (pods: readonly Pod[]): Pod[] =>
  [...pods].sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1))

/** Milliseconds until a Pod may follow those that failed since the last success; 0 or less when it may now. */
function retryIn(pods: readonly Pod[], now: number): number {
  const ends = pods.flatMap((pod) => {
    const { phase } = pod.status ?? {}
    return phase === 'Succeeded' || phase === 'Failed' ? [{ failed: phase === 'Failed', at: endOf(pod) }] : []
  })
  const lastSuccess = Math.max(0, ...ends.filter(({ failed }) => !failed).map(({ at }) => at))
  const failed = ends.filter((end) => end.failed && end.at > lastSuccess)
  if (failed.length === 0) return 0
  return Math.max(...failed.map(({ at }) => at)) + backoff(failed.length - 1, RETRY) - now
}

/** When the last of a Pod's containers ended; milliseconds. */
function endOf(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) => millisOf(state?.terminated?.finishedAt ?? ''))
  const known = times.filter((time) => !Number.isNaN(time))
  return known.length > 0 ? Math.max(...known) : millisOf(pod.metadata.creationTimestamp ?? '1970-01-01T00:00:00Z')
}

function statusOf({ job, pods, now }: PlanOptions, counts: Tally, outcome: ConditionDraft | undefined): JobStatus {
  const active = pods.filter(isActive)
  const terminating = pods.filter(isTerminating).length
  const pending = counts.uncounted.succeeded.length + counts.uncounted.failed.length + counts.release.length
  const isOver = outcome !== undefined && active.length + terminating + pending === 0
  const drafts: ConditionDraft[] = outcome ? [outcome] : suspension(job)
  if (outcome && isOver) drafts.push({ ...outcome, type: outcome.type === 'FailureTarget' ? 'Failed' : 'Complete' })
  const conditions = withConditions(job, drafts, now)
  const startTime = startOf(job, now)
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(isOver && outcome.type === 'SuccessCriteriaMet' ? { completionTime: timestamp(now) } : {}),
    ...(active.length > 0 ? { active: active.length } : {}),
    ...(counts.succeeded > 0 ? { succeeded: counts.succeeded } : {}),
    ...(counts.failed > 0 ? { failed: counts.failed } : {}),
    ...(isIndexed(job) && counts.completed.size > 0 ? { completedIndexes: writeIndexes(counts.completed) } : {}),
    terminating,
    ready: active.filter(isPodReady).length,
    uncountedTerminatedPods: Object.fromEntries(Object.entries(counts.uncounted).filter(([, uids]) => uids.length > 0)),
  }
}

/** A Job that goes on after a suspension starts anew. */
function startOf(job: Job, now: number): string | undefined {
  if (job.spec?.suspend) return job.status?.startTime
  return trueCondition(job, 'Suspended') ? timestamp(now) : (job.status?.startTime ?? timestamp(now))
}

function suspension(job: Job): ConditionDraft[] {
  if (job.spec?.suspend) return [{ type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' }]
  if (!trueCondition(job, 'Suspended')) return []
  return [{ type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }]
}
