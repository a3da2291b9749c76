import type { FieldError } from './kind.ts'

/** What the mistakes are called in messages, as upstream's `field.ErrorType.String`. */
const TITLES: Readonly<Record<FieldError['type'], string>> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  FieldValueTypeInvalid: 'Invalid value',
  InternalError: 'Internal error',
}

/** A value as upstream prints it within an error: quoted text, bare numbers, everything else as JSON. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return '"null"'
  // A list that nobody wrote is Go's nil.
  if (Array.isArray(value) && value.length === 0) return 'null'
  if (typeof value === 'string') return quote(value)
  return JSON.stringify(value)
}

/** As Go's `%q`, for the characters that occur in names. */
export const quote = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\x7f')

function fieldError(type: FieldError['type'], field: string, value: { shown?: unknown }, detail: string): FieldError {
  const body = 'shown' in value ? `${TITLES[type]}: ${show(value.shown)}` : TITLES[type]
  return { type, field, message: detail === '' ? body : `${body}: ${detail}` }
}

/** Malformed or out of bounds. */
export const invalid = (field: string, value: unknown, detail: string): FieldError =>
  fieldError('FieldValueInvalid', field, { shown: value }, detail)

/** As {@link invalid}, of what is too large to be shown, or lies between several fields. */
export const invalidUnshown = (field: string, detail: string): FieldError => fieldError('FieldValueInvalid', field, {}, detail)

/** Not there, or empty. */
export const required = (field: string, detail = ''): FieldError => fieldError('FieldValueRequired', field, {}, detail)

export const duplicate = (field: string, value: unknown): FieldError =>
  fieldError('FieldValueDuplicate', field, { shown: value }, '')

export const notFound = (field: string, value: unknown): FieldError =>
  fieldError('FieldValueNotFound', field, { shown: value }, '')

/** Would be fine under other conditions. */
export const forbidden = (field: string, detail: string): FieldError => fieldError('FieldValueForbidden', field, {}, detail)

/** Not one of `supported`, which are listed in that order. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError =>
  fieldError('FieldValueNotSupported', field, { shown: value }, `supported values: ${supported.map(quote).join(', ')}`)

export const tooLong = (field: string, bytes: number): FieldError =>
  fieldError('FieldValueTooLong', field, {}, `may not be more than ${bytes} bytes`)

export const tooMany = (field: string, actual: number, most: number): FieldError =>
  fieldError('FieldValueTooMany', field, { shown: actual }, `must have at most ${most} ${most === 1 ? 'item' : 'items'}`)

/** One {@link invalid} for each of the texts that a rule of `names.ts` has to say about `value`. */
export const invalids = (field: string, value: unknown, texts: readonly string[]): FieldError[] =>
  texts.map((text) => invalid(field, value, text))

/** `spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive` */
export const fieldErrorText = (error: FieldError): string => `${error.field}: ${error.message}`
