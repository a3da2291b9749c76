import { invalid, notSupported, required } from '../field.ts'
import type { JobSpec } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'

const MODES = ['NonIndexed', 'Indexed']
const MOST_AT_ONCE = 100_000
const MOST_FAILED = 100_000
/** From so many completions on, retries are counted for each of them only within lower bounds. */
const MANY = 100_000
const MOST_OF_MANY = 10_000

/** Whether a Job's Pods have numbers, and what goes with that. As upstream's `validateJobSpec` has it. */
export function validateCompletionMode(place: string, spec: JobSpec): FieldError[] {
  const { completionMode = 'NonIndexed', backoffLimitPerIndex, maxFailedIndexes } = spec
  const found: FieldError[] = []
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    found.push(required(`${place}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  }
  if (completionMode === 'Indexed') return [...found, ...validateIndexed(place, spec)]
  if (completionMode !== 'NonIndexed') return [...found, notSupported(`${place}.completionMode`, completionMode, MODES)]
  const needed = 'requires indexed completion mode'
  if (backoffLimitPerIndex !== undefined) found.push(invalid(`${place}.backoffLimitPerIndex`, backoffLimitPerIndex, needed))
  if (maxFailedIndexes !== undefined) found.push(invalid(`${place}.maxFailedIndexes`, maxFailedIndexes, needed))
  return found
}

function validateIndexed(place: string, spec: JobSpec): FieldError[] {
  const { completions, parallelism = 0, backoffLimitPerIndex, maxFailedIndexes } = spec
  const found: FieldError[] = []
  if (completions === undefined) found.push(required(`${place}.completions`, 'when completion mode is Indexed'))
  if (parallelism > MOST_AT_ONCE) {
    const rule = `must be less than or equal to ${MOST_AT_ONCE} when completion mode is Indexed`
    found.push(invalid(`${place}.parallelism`, parallelism, rule))
  }
  if (maxFailedIndexes !== undefined && completions !== undefined && maxFailedIndexes > completions) {
    found.push(invalid(`${place}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'))
  }
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MOST_FAILED) {
    found.push(invalid(`${place}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${MOST_FAILED}`))
  }
  if (completions === undefined || completions <= MANY || backoffLimitPerIndex === undefined) return found
  return [...found, ...validateMany(place, spec)]
}

function validateMany(place: string, { parallelism = 0, maxFailedIndexes }: JobSpec): FieldError[] {
  const rule = `must be less than or equal to ${MOST_OF_MANY} when completions are above ${MANY} and used with backoff limit per index`
  const found: FieldError[] = []
  if (maxFailedIndexes === undefined) {
    found.push(required(`${place}.maxFailedIndexes`, `must be specified when completions is above ${MANY}`))
  }
  if (parallelism > MOST_OF_MANY) found.push(invalid(`${place}.parallelism`, parallelism, rule))
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MOST_OF_MANY) {
    found.push(invalid(`${place}.maxFailedIndexes`, maxFailedIndexes, rule))
  }
  return found
}
