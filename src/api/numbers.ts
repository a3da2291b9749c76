import { invalid, invalids } from './field.ts'
import type { FieldError } from './kind.ts'

/** Absent is fine: what must be there is asked for elsewhere. */
export const validateNonNegative = (field: string, value: number | undefined): FieldError[] =>
  value === undefined || value >= 0 ? [] : [invalid(field, value, 'must be greater than or equal to 0')]

export const validateInRange = (field: string, value: number, [from, to]: readonly [number, number]): FieldError[] =>
  value >= from && value <= to ? [] : [invalid(field, value, `must be between ${from} and ${to}, inclusive`)]

/** `25%` */
const PERCENT = /^(\d+)%$/

const PERCENT_FORM =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"

/** A count of Pods or a share of them. As upstream's `ValidatePositiveIntOrPercent`. */
export function validateIntOrPercent(field: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return validateNonNegative(field, value)
  return PERCENT.test(value) ? [] : invalids(field, value, [PERCENT_FORM])
}

const percentOf = (value: number | string): number | undefined =>
  typeof value === 'string' ? Number(PERCENT.exec(value)?.[1] ?? Number.NaN) : undefined

export const validateAtMostAll = (field: string, value: number | string): FieldError[] =>
  (percentOf(value) ?? 0) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : []

/** `0` or `0%` */
export const isNone = (value: number | string): boolean => value === 0 || percentOf(value) === 0
