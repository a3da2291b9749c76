import { isPodReady, type Job, type JobStatus, type Pod } from '../../api/index.ts'
import { millisOf, timestamp } from '../../lib/index.ts'
import { byUselessness } from '../usefulness.ts'
import { type ConditionDraft, trueCondition, withConditions } from './conditions.ts'
import { type Tally, tally } from './count.ts'
import { failureCounts, isLimitedPerIndex, lastFailures, triesOf } from './index-failures.ts'
import { writeIndexes } from './indexes.ts'
import { hasPlace, indexOf, isActive, isIndexed, isTerminating, podFor, waitsForFailure } from './pod.ts'
import { type End, endsOf, retryAfter, retryIn } from './retry.ts'
import { succeedsBy } from './success-policy.ts'

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
  /** How Pods failed since the last success that are gone. */
  readonly gone?: readonly End[]
  /** Milliseconds. */
  readonly now: number
}

type Work = Pick<Plan, 'create' | 'delete' | 'withdraw' | 'again'>
const NO_WORK: Work = { create: [], delete: [], withdraw: [], again: undefined }

/** What a Job needs next. Source: pkg/controller/job/job_controller.go syncJob. */
export function plan(options: PlanOptions): Plan {
  const { job, pods } = options
  const seen = tally(job, pods)
  const outcome = outcomeOf(options, seen)
  if (!outcome) return { ...workOf(options, seen), status: statusOf(options, seen, undefined), release: seen.release }
  const isFailing = outcome.type === 'FailureTarget'
  const counts = isFailing ? tally(job, pods, { isFailing }) : seen
  const active = pods.filter(isActive)
  return {
    ...NO_WORK,
    ...(isFailing ? { delete: active } : { withdraw: active }),
    status: statusOf(options, counts, outcome),
    release: [...counts.release, ...counts.held, ...(isFailing ? [] : pods.filter(isTerminating))],
  }
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
  const givenUp = indexesGivenUp(job, counts)
  if (givenUp) return givenUp
  const rule = isIndexed(job) ? succeedsBy(job, counts.completed) : undefined
  if (rule !== undefined) return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: rule }
  if (!isEnough(job, counts, pods)) return undefined
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
}

/** A Job with a limit for each index fails when too many are given up, or when all the others have succeeded. */
function indexesGivenUp({ spec }: Job, { failedIndexes, completed }: Tally): ConditionDraft | undefined {
  const { maxFailedIndexes = Infinity, completions = 0 } = spec ?? {}
  const fail = (reason: string, message: string): ConditionDraft => ({ type: 'FailureTarget', reason, message })
  if (failedIndexes.size > maxFailedIndexes)
    return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes')
  if (failedIndexes.size > 0 && failedIndexes.size + completed.size >= completions)
    return fail('FailedIndexes', 'Job has failed indexes')
  return undefined
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

function workOf(options: PlanOptions, counts: Tally): Work {
  const { job, pods, now } = options
  const active = pods.filter(isActive)
  if (job.spec?.suspend) return { ...NO_WORK, withdraw: active }
  const { completions, parallelism = 1, activeDeadlineSeconds: deadline = Infinity } = job.spec ?? {}
  const open = completions === undefined ? (successes(counts) > 0 ? active.length : Infinity) : completions - successes(counts)
  const wanted = Math.min(open, parallelism)
  // A Pod on its way out still takes its place where it is to be replaced only after it has failed.
  const leaving = waitsForFailure(job) ? pods.filter(isTerminating) : []
  const withdraw = superfluous(job, active, Math.max(0, active.length - wanted), now)
  if (withdraw.length > 0) return { ...NO_WORK, withdraw }
  const missing = Math.max(0, wanted - active.length - leaving.length)
  const next = newPods(options, missing, { counts, taken: [...active, ...leaving] })
  const left = job.status?.startTime === undefined ? deadline * 1000 : deadlineIn(job, now)
  const again = Math.min(left, next.wait)
  return {
    create: next.create,
    delete: [],
    withdraw: [],
    again: Number.isFinite(again) ? again : undefined,
  }
}

/** Pods that are for no completion of the Job, or for one that a better one is for; then as many more as are too many. */
function superfluous(job: Job, active: readonly Pod[], most: number, now: number): Pod[] {
  const ranked = byUselessness(active, () => 0, now)
  const busy = new Set<number | undefined>()
  const extra = ranked.toReversed().filter((pod) => {
    const isExtra = !hasPlace(job, pod) || (isIndexed(job) && busy.has(indexOf(pod)))
    busy.add(indexOf(pod))
    return isExtra
  })
  const others = ranked.filter((pod) => !extra.includes(pod))
  return [...extra, ...others.slice(0, Math.max(0, most - extra.length))]
}

interface Next {
  readonly create: readonly Pod[]
  /** Milliseconds until more may be made; Infinity when none waits. */
  readonly wait: number
}

interface Places {
  readonly counts: Tally
  /** Pods that have their place still. */
  readonly taken: readonly Pod[]
}

function newPods(options: PlanOptions, missing: number, { counts, taken }: Places): Next {
  const { job, pods, now } = options
  if (missing === 0) return { create: [], wait: Infinity }
  if (isIndexed(job) && isLimitedPerIndex(job)) return nextOfIndexes(options, missing, { counts, taken })
  const wait = retryIn([...(options.gone ?? []), ...endsOf(job, pods).values()], now)
  if (wait > 0) return { create: [], wait }
  if (!isIndexed(job)) return { create: Array.from({ length: missing }, () => podFor(job)), wait: Infinity }
  const create = openIndexes(job, { counts, taken }).slice(0, missing)
  return { create: create.map((index) => podFor(job, index)), wait: Infinity }
}

/** Each index waits for itself after it has failed, and its next Pod says how often that was. */
function nextOfIndexes({ job, pods, now }: PlanOptions, missing: number, places: Places): Next {
  const last = lastFailures(job, pods)
  const create: Pod[] = []
  let wait = Infinity
  for (const index of openIndexes(job, places)) {
    if (create.length === missing) break
    const failed = last.get(index)
    const left = failed ? retryAfter(failed, triesOf(failed), now) : 0
    if (left > 0) wait = Math.min(wait, left)
    else create.push(podFor(job, index, failureCounts(job, failed)))
  }
  return { create, wait }
}

/** Indexes that have neither succeeded nor been given up, and that nobody is working on. */
function openIndexes({ spec }: Job, { counts: { completed, failedIndexes }, taken }: Places): number[] {
  const busy = new Set(taken.map(indexOf))
  const all = Array.from({ length: spec?.completions ?? 0 }, (_, index) => index)
  return all.filter((index) => !completed.has(index) && !failedIndexes.has(index) && !busy.has(index))
}

function statusOf({ job, pods, now }: PlanOptions, counts: Tally, outcome: ConditionDraft | undefined): JobStatus {
  const active = pods.filter(isActive)
  const terminating = pods.filter(isTerminating).length
  const pending = counts.uncounted.succeeded.length + counts.uncounted.failed.length + counts.release.length + counts.held.length
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
    ...(isLimitedPerIndex(job) ? { failedIndexes: writeIndexes(counts.failedIndexes) } : {}),
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
