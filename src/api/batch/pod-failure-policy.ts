import { duplicate, invalid, invalids, invalidUnshown, notSupported, quote, required, tooMany } from '../field.ts'
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { qualifiedName } from '../names.ts'
import type { Written } from '../object.ts'

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const OPERATORS = ['In', 'NotIn']
const STATUSES = ['False', 'True', 'Unknown']
const MOST_RULES = 20
const MOST_CODES = 255
const MOST_PATTERNS = 20

/** What becomes of a Job when one of its Pods fails in a certain way. As upstream's `validatePodFailurePolicy`. */
export function validatePodFailurePolicy(place: string, spec: JobSpec): FieldError[] {
  const rules = spec.podFailurePolicy?.rules ?? []
  const found = rules.length > MOST_RULES ? [tooMany(`${place}.rules`, rules.length, MOST_RULES)] : []
  return [...found, ...rules.flatMap((rule, index) => validateRule(`${place}.rules[${index}]`, rule, spec))]
}

function validateRule(place: string, rule: Written<PodFailurePolicyRule>, spec: JobSpec): FieldError[] {
  const { action = '', onExitCodes, onPodConditions = [] } = rule
  const found = validateChoice(`${place}.action`, action, ACTIONS)
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    found.push(invalid(`${place}.action`, action, 'requires the backoffLimitPerIndex to be set'))
  }
  if (onExitCodes) found.push(...validateExitCodes(`${place}.onExitCodes`, onExitCodes, namesOfContainers(spec)))
  found.push(...validatePatterns(`${place}.onPodConditions`, onPodConditions))
  if (onExitCodes && onPodConditions.length > 0) {
    found.push(invalidUnshown(place, 'specifying both OnExitCodes and OnPodConditions is not supported'))
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    found.push(invalidUnshown(place, 'specifying one of OnExitCodes and OnPodConditions is required'))
  }
  return found
}

/** One of `choices`, which must be made. */
function validateChoice(field: string, value: string, choices: readonly string[]): FieldError[] {
  if (value === '') return [required(field, `valid values: [${choices.map(quote).join(' ')}]`)]
  return choices.includes(value) ? [] : [notSupported(field, value, choices)]
}

const namesOfContainers = ({ template }: JobSpec): ReadonlySet<string> =>
  new Set([...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])].map(({ name }) => name))

function validateExitCodes(
  place: string,
  { operator = '', containerName, values = [] }: Written<PodFailurePolicyOnExitCodesRequirement>,
  names: ReadonlySet<string>,
): FieldError[] {
  const found = validateChoice(`${place}.operator`, operator, OPERATORS)
  if (containerName !== undefined && !names.has(containerName)) {
    const rule = 'must be one of the container or initContainer names in the pod template'
    found.push(invalid(`${place}.containerName`, containerName, rule))
  }
  const field = `${place}.values`
  if (values.length === 0) found.push(invalid(field, values, 'at least one value is required'))
  else if (values.length > MOST_CODES) found.push(tooMany(field, values.length, MOST_CODES))
  const seen = new Set<number>()
  for (const [index, code] of values.entries()) {
    if (operator === 'In' && code === 0) found.push(invalid(`${field}[${index}]`, code, 'must not be 0 for the In operator'))
    if (seen.has(code)) found.push(duplicate(`${field}[${index}]`, code))
    seen.add(code)
  }
  const ordered = values.every((code, index) => index === 0 || values[index - 1]! <= code)
  return ordered ? found : [...found, invalid(field, values, 'must be ordered')]
}

function validatePatterns(place: string, patterns: readonly Written<PodFailurePolicyOnPodConditionsPattern>[]): FieldError[] {
  const found = patterns.length > MOST_PATTERNS ? [tooMany(place, patterns.length, MOST_PATTERNS)] : []
  for (const [index, { type = '', status = '' }] of patterns.entries()) {
    found.push(...invalids(`${place}[${index}].type`, type, qualifiedName(type)))
    found.push(...validateChoice(`${place}[${index}].status`, status, STATUSES))
  }
  return found
}
