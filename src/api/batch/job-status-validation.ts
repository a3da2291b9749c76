import { semanticEqual } from '../equal.ts'
import { duplicate, invalid, invalidUnshown, required } from '../field.ts'
import type { Job, JobStatus } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { validateNonNegative } from '../numbers.ts'
import { intervalsOf, parseIndexes } from './indexes.ts'

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const

/** A job's status before and after, and what is asked of both. */
interface Change {
  readonly job: Job
  readonly now: JobStatus
  readonly was: JobStatus
}

const isTrue = ({ conditions }: JobStatus, type: string): boolean =>
  conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
const isFinished = (status: JobStatus): boolean => isTrue(status, 'Complete') || isTrue(status, 'Failed')

/**
 * What a Job's controller, whoever that is, may say of it. A rule counts where one of its fields changes, so that a status from before
 * can be mended. As upstream's `ValidateJobStatusUpdate` with the options of `getStatusValidationOptions`.
 */
export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const change = { job, now: job.status ?? {}, was: old.status ?? {} }
  return [
    ...COUNTS.flatMap((field) => validateNonNegative(`status.${field}`, change.now[field])),
    ...validateUncounted(change),
    ...validateConditions(change),
    ...validateTimes(change),
    ...validateFinished(change),
    ...validateIndexes(change),
    ...validateReady(change),
    ...validateProgress(change),
  ]
}

function validateUncounted({ now: { uncountedTerminatedPods: pods = {} } }: Change): FieldError[] {
  const seen = new Set<string>()
  return (['succeeded', 'failed'] as const).flatMap((field) =>
    (pods[field] ?? []).flatMap((uid, index) => {
      const place = `status.uncountedTerminatedPods.${field}[${index}]`
      if (uid === '') return [invalid(place, uid, 'must not be empty')]
      if (seen.has(uid)) return [duplicate(place, uid)]
      seen.add(uid)
      return []
    }),
  )
}

/** Pairs of conditions that can't both hold, and conditions that need another one. */
function validateConditions({ now, was }: Change): FieldError[] {
  const changed = (...types: readonly string[]): boolean => types.some((type) => isTrue(now, type) !== isTrue(was, type))
  const both = (one: string, other: string): boolean => isTrue(now, one) && isTrue(now, other)
  const rules: readonly (readonly [boolean, string])[] = [
    [changed('Complete', 'Failed') && both('Complete', 'Failed'), 'cannot set Complete=True and Failed=true conditions'],
    [
      changed('Complete', 'FailureTarget') && both('Complete', 'FailureTarget'),
      'cannot set Complete=True and FailureTarget=true conditions',
    ],
    [
      changed('Failed') && isTrue(now, 'Failed') && !isTrue(now, 'FailureTarget'),
      'cannot set Failed=True condition without the FailureTarget=true condition',
    ],
    [
      changed('Complete') && isTrue(now, 'Complete') && !isTrue(now, 'SuccessCriteriaMet'),
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
    [both('SuccessCriteriaMet', 'Failed'), 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    [both('SuccessCriteriaMet', 'FailureTarget'), 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
  ]
  return rules.flatMap(([broken, rule]) => (broken ? [invalidUnshown('status.conditions', rule)] : []))
}

function validateTimes({ job, now, was }: Change): FieldError[] {
  const { startTime, completionTime } = now
  const field = 'status.completionTime'
  const found: FieldError[] = []
  const completes = isTrue(now, 'Complete')
  if (completes !== isTrue(was, 'Complete') || completionTime !== was.completionTime) {
    const early = 'cannot set completionTime when there is no Complete=True condition'
    if (completionTime !== undefined && !completes) found.push(invalid(field, completionTime, early))
    if (completionTime === undefined && completes) found.push(required(field, 'completionTime is required for Complete jobs'))
  }
  const changes = startTime !== was.startTime || completionTime !== was.completionTime
  if (changes && startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime)) {
    found.push(invalid(field, completionTime, 'completionTime cannot be set before startTime'))
  }
  if (completionTime !== undefined && was.completionTime !== undefined && completionTime !== was.completionTime) {
    found.push(invalid(field, completionTime, 'completionTime cannot be mutated'))
  }
  if (was.startTime !== undefined && startTime !== was.startTime && !job.spec?.suspend) {
    found.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'))
  }
  return found
}

/** A Job that is over has nothing going on. */
function validateFinished({ now, was }: Change): FieldError[] {
  if (!isFinished(now)) return []
  const { active = 0, terminating = 0, startTime, uncountedTerminatedPods: pods } = now
  const changed = (field: keyof JobStatus): boolean => !isFinished(was) || !semanticEqual(now[field], was[field])
  const found: FieldError[] = []
  if (changed('active') && active > 0) found.push(invalid('status.active', active, 'active>0 is invalid for finished job'))
  if (changed('startTime') && !startTime) found.push(required('status.startTime', 'startTime is required for finished job'))
  if (changed('uncountedTerminatedPods') && (pods?.failed?.length ?? 0) + (pods?.succeeded?.length ?? 0) > 0) {
    const rule = 'uncountedTerminatedPods needs to be empty for finished job'
    found.push(invalid('status.uncountedTerminatedPods', pods, rule))
  }
  if (changed('terminating') && terminating > 0) {
    found.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'))
  }
  return found
}

function validateIndexes({ job, now, was }: Change): FieldError[] {
  const { completions, completionMode, backoffLimitPerIndex } = job.spec ?? {}
  const { completedIndexes = '', failedIndexes } = now
  const found: FieldError[] = []
  const check = (field: string, indexes: string): void => {
    const parsed = completions === undefined ? { total: 0 } : parseIndexes(indexes, completions)
    if ('wrong' in parsed) found.push(invalid(`status.${field}`, indexes, `error parsing ${field}: ${parsed.wrong}`))
  }
  if (completedIndexes !== (was.completedIndexes ?? '')) {
    check('completedIndexes', completedIndexes)
    const rule = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    if (completedIndexes !== '' && completionMode !== 'Indexed')
      found.push(invalid('status.completedIndexes', completedIndexes, rule))
  }
  if (failedIndexes === undefined) return found
  if (failedIndexes !== was.failedIndexes) {
    if (backoffLimitPerIndex !== undefined) check('failedIndexes', failedIndexes)
    else {
      const rule = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
      found.push(invalid('status.failedIndexes', failedIndexes, rule))
    }
  }
  const both = completions === undefined ? undefined : inBoth(completedIndexes, failedIndexes, completions)
  if (both !== undefined && (failedIndexes !== was.failedIndexes || completedIndexes !== was.completedIndexes)) {
    const rule = `failedIndexes and completedIndexes overlap at index: ${both}`
    found.push(invalid('status.failedIndexes', failedIndexes, rule))
  }
  return found
}

/** The first index that two lists have in common; both go up. */
function inBoth(one: string, other: string, completions: number): number | undefined {
  const [ours, theirs] = [intervalsOf(one, completions), intervalsOf(other, completions)]
  for (let [a, b] = [0, 0]; a < ours.length && b < theirs.length;) {
    const [from, to] = ours[a]!
    const [otherFrom, otherTo] = theirs[b]!
    if (from <= otherTo && otherFrom <= to) return Math.max(from, otherFrom)
    if (from <= otherFrom) a++
    else b++
  }
  return undefined
}

function validateReady({ now: { ready = 0, active = 0 }, was }: Change): FieldError[] {
  if ((ready === was.ready && active === was.active) || ready <= active) return []
  return [invalid('status.ready', ready, 'cannot set more ready pods than active')]
}

/** What can't be taken back. */
function validateProgress({ job, now, was }: Change): FieldError[] {
  const found: FieldError[] = []
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (isTrue(was, type) && !isTrue(now, type))
      found.push(invalidUnshown('status.conditions', `cannot disable the terminal ${type}=True condition`))
  }
  if (isTrue(was, 'SuccessCriteriaMet') && !isTrue(now, 'SuccessCriteriaMet')) {
    found.push(invalidUnshown('status.conditions', 'cannot disable the SuccessCriteriaMet=True condition'))
  }
  if (isTrue(was, 'Complete') && !isTrue(was, 'SuccessCriteriaMet') && isTrue(now, 'SuccessCriteriaMet')) {
    const rule = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'
    found.push(invalidUnshown('status.conditions', rule))
  }
  if ((now.failed ?? 0) < (was.failed ?? 0)) {
    found.push(invalid('status.failed', now.failed ?? 0, 'cannot decrease the failed counter'))
  }
  const { completionMode, completions, parallelism } = job.spec ?? {}
  const mayShrink = completionMode === 'Indexed' && completions === parallelism
  if (!mayShrink && (now.succeeded ?? 0) < (was.succeeded ?? 0)) {
    found.push(invalid('status.succeeded', now.succeeded ?? 0, 'cannot decrease the succeeded counter'))
  }
  return found
}
