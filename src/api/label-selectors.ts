import { PortolanError } from '../lib/index.ts'
import { quote } from './field.ts'
import type { LabelSelector, LabelSelectorRequirement } from './generated/types.gen.ts'
import { labelValue, qualifiedName } from './names.ts'
import type { Written } from './object.ts'

export type Labels = Readonly<Record<string, string>>
export type LabelPredicate = (labels: Labels | undefined) => boolean

/** A selector that can't be read. The message is upstream's. */
export class SelectorError extends PortolanError {
  constructor(message: string) {
    super('SelectorError', message)
    this.name = 'SelectorError'
  }
}

export const isSelectorError = (error: unknown): error is SelectorError => error instanceof SelectorError

type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'

interface Requirement {
  readonly key: string
  readonly operator: Operator
  readonly values: readonly string[]
}

const EVERYTHING: LabelPredicate = () => true
const NOTHING: LabelPredicate = () => false

/**
 * A predicate for the query form, `app=web,tier in (front,back),!old,age>3`; the empty text matches everything.
 * Throws {@link SelectorError}. As upstream's `labels.Parse`.
 */
export function parseLabelSelector(text: string): LabelPredicate {
  return allOf(readRequirements(text))
}

/** Something that must have one of a few values: what an index can answer. */
export interface Term {
  readonly name: string
  readonly values: readonly string[]
}

export interface Terms {
  readonly terms: readonly Term[]
  /** Whether the selector asks for nothing else. */
  readonly complete: boolean
}

/** The labels without which nothing matches the query form. Throws {@link SelectorError}. */
export function labelTerms(text: string): Terms {
  const requirements = readRequirements(text)
  const needed = requirements.filter(({ operator }) => operator === 'In')
  return { terms: needed.map(({ key, values }) => ({ name: key, values })), complete: needed.length === requirements.length }
}

/**
 * A predicate for the object form, matchLabels and matchExpressions: none matches nothing, an empty one everything.
 * Throws {@link SelectorError}. As upstream's `LabelSelectorAsSelector`.
 */
export function labelSelectorPredicate(selector: LabelSelector | undefined | null): LabelPredicate {
  if (!selector) return NOTHING
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }))
  for (const { key = '', operator = '', values = [] } of (selector.matchExpressions ??
    []) as readonly Written<LabelSelectorRequirement>[]) {
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator)) {
      throw new SelectorError(`${quote(operator)} is not a valid label selector operator`)
    }
    requirements.push({ key, operator: operator as Operator, values })
  }
  requirements.forEach(check)
  return allOf(requirements)
}

/** Whether every label of the plain map `selector` is there, as Services select; an empty one selects nothing. */
export function matchesLabels(selector: Labels | undefined, labels: Labels | undefined): boolean {
  let any = false
  for (const key in selector) {
    if (labelOf(labels, key) !== selector[key]) return false
    any = true
  }
  return any
}

function allOf(requirements: readonly Requirement[]): LabelPredicate {
  if (requirements.length === 0) return EVERYTHING
  return (labels) => requirements.every((requirement) => holds(requirement, labelOf(labels, requirement.key)))
}

/** Labels may be called as what every object has: `constructor`. */
export const labelOf = (labels: Labels | undefined, key: string): string | undefined =>
  labels && Object.hasOwn(labels, key) ? labels[key] : undefined

function holds({ operator, values }: Requirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return isInteger(value) && Number(value) > Number(values[0])
    case 'Lt':
      return isInteger(value) && Number(value) < Number(values[0])
  }
}

const isInteger = (text: string | undefined): boolean => text !== undefined && /^[+-]?\d+$/.test(text)

function check({ key, operator, values }: Requirement): void {
  const wrong = qualifiedName(key)[0]
  if (wrong !== undefined) throw new SelectorError(`key: Invalid value: ${quote(key)}: ${wrong}`)
  const few = values.length === 0 && (operator === 'In' || operator === 'NotIn')
  if (few) throw new SelectorError("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty")
  if (values.length > 0 && (operator === 'Exists' || operator === 'DoesNotExist')) {
    throw new SelectorError(
      `values: Invalid value: ${JSON.stringify(values)}: values set must be empty for exists and does not exist`,
    )
  }
  for (const [index, value] of values.entries()) {
    const complaint = labelValue(value)[0]
    if (complaint !== undefined) throw new SelectorError(`values[${index}][${key}]: Invalid value: ${quote(value)}: ${complaint}`)
    if ((operator === 'Gt' || operator === 'Lt') && !isInteger(value)) {
      throw new SelectorError(
        `values[${index}]: Invalid value: ${quote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      )
    }
  }
}

/** `app`, `=`, `in`, `(`: words end at spaces and at the signs of the language. */
const TOKEN = /\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)/y

/** Reads one requirement after the other, as the grammar above `labels.Parse` has it. */
function readRequirements(text: string): Requirement[] {
  const tokens = tokenise(text)
  if (tokens.length === 0) return []
  const found: Requirement[] = []
  const next = (): string => tokens.shift() ?? ''
  for (;;) {
    const requirement = readRequirement(next, () => tokens[0] ?? '')
    check(requirement)
    found.push(requirement)
    const after = next()
    if (after === '') return found
    if (after !== ',') throw parseError(`found '${after}', expected: ',' or 'end of string'`)
    if (tokens.length === 0) throw parseError("found '', expected: identifier after ','")
  }
}

function tokenise(text: string): string[] {
  TOKEN.lastIndex = 0
  const tokens: string[] = []
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) tokens.push(match[1] ?? '')
  return tokens
}

const parseError = (why: string): SelectorError => new SelectorError(`unable to parse requirement: ${why}`)
const isWord = (token: string): boolean => token !== '' && !/^[=!,()<>]/.test(token)

const COMPARISONS: Readonly<Record<string, Operator>> = {
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
  in: 'In',
  notin: 'NotIn',
}

function readRequirement(next: () => string, peek: () => string): Requirement {
  const first = next()
  const negated = first === '!'
  const key = negated ? next() : first
  if (!isWord(key)) throw parseError(`found '${key}', expected: !, identifier, or 'end of string'`)
  if (negated) return { key, operator: 'DoesNotExist', values: [] }
  if (peek() === '' || peek() === ',') return { key, operator: 'Exists', values: [] }
  const sign = next()
  const operator = COMPARISONS[sign]
  if (operator === undefined) throw parseError(`found '${sign}', expected: in, notin, =, ==, !=, gt, lt`)
  const values = sign === 'in' || sign === 'notin' ? readSet(next) : [isWord(peek()) ? next() : '']
  return { key, operator, values }
}

function readSet(next: () => string): string[] {
  const open = next()
  if (open !== '(') throw parseError(`found '${open}' expected: '('`)
  const values = new Set<string>()
  for (let value = next(); ; value = next()) {
    if (value === ')') return [...values, '']
    if (value === ',') {
      values.add('')
      continue
    }
    if (!isWord(value)) throw parseError(`found '${value}', expected: ',', ')' or identifier`)
    values.add(value)
    const after = next()
    if (after === ')') return [...values]
    if (after !== ',') throw parseError(`found '${after}', expected: ',' or ')'`)
  }
}
