import { invalid, required, tooLong, tooMany } from '../field.ts'
import type { JobSpec, SuccessPolicyRule } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { validateNonNegative } from '../numbers.ts'
import { parseIndexes } from './indexes.ts'

const MOST_RULES = 20
const LONGEST_INDEXES = 64 * 1024

/** By which of its numbered Pods a Job has succeeded before all have. As upstream's `validateSuccessPolicy`. */
export function validateSuccessPolicy(place: string, { successPolicy, completions = 0 }: JobSpec): FieldError[] {
  const rules = successPolicy?.rules ?? []
  const found: FieldError[] = []
  if (rules.length === 0) {
    found.push(required(`${place}.rules`, 'at least one rules must be specified when the successPolicy is specified'))
  }
  if (rules.length > MOST_RULES) found.push(tooMany(`${place}.rules`, rules.length, MOST_RULES))
  return [...found, ...rules.flatMap((rule, index) => validateRule(`${place}.rules[${index}]`, rule, completions))]
}

function validateRule(place: string, { succeededCount, succeededIndexes }: SuccessPolicyRule, completions: number): FieldError[] {
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [required(place, 'at least one of succeededCount or succeededIndexes must be specified')]
  }
  const found: FieldError[] = []
  const indexes = parseIndexes(succeededIndexes ?? '', completions)
  const field = `${place}.succeededIndexes`
  if ((succeededIndexes?.length ?? 0) > LONGEST_INDEXES) found.push(tooLong(field, LONGEST_INDEXES))
  if ('wrong' in indexes) found.push(invalid(field, succeededIndexes, `error parsing succeededIndexes: ${indexes.wrong}`))
  if (succeededCount === undefined) return found
  const named = succeededIndexes === undefined ? undefined : 'total' in indexes ? indexes.total : 0
  return [...found, ...validateCount(`${place}.succeededCount`, succeededCount, { completions, named })]
}

interface Bounds {
  readonly completions: number
  /** How many indexes the rule names; undefined when it names none in particular. */
  readonly named: number | undefined
}

function validateCount(field: string, count: number, { completions, named }: Bounds): FieldError[] {
  const found = validateNonNegative(field, count)
  const atMost = (most: number, what: string): FieldError =>
    invalid(field, count, `must be less than or equal to ${most} (${what})`)
  if (count > completions) found.push(atMost(completions, 'the number of specified completions'))
  if (named !== undefined && count > named) {
    found.push(atMost(named, 'the number of indexes in the specified succeededIndexes field'))
  }
  return found
}
