import { PortolanError } from '../lib/index.ts'

/**
 * Domain names as keys: the bytes of the message (RFC 1035 3.1), one character each, letters in lower case.
 *
 *     kubia.default     05 k u b i a 07 d e f a u l t 00
 *
 * Two names are the same exactly when their keys are, dots and other bytes inside labels included, and a key can be cut out of a
 * message without looking at its letters.
 */
export type NameKey = string

const MAX_LABEL = 63
const MAX_NAME = 255

/**
 * The key of a name in its usual form, with or without the final dot; {@link nameOf} the other way round. Throws BadName for
 * one that no message can carry.
 */
export function nameKey(name: string): NameKey {
  const trimmed = name.endsWith('.') ? name.slice(0, -1) : name
  const labels = trimmed === '' ? [] : trimmed.split('.').map(unescape)
  const key = labels.map((label) => String.fromCharCode(label.length) + label).join('') + '\0'
  if (labels.some(isBadLabel) || key.length > MAX_NAME) throw new PortolanError('BadName', `"${name}" is not a domain name`)
  return lowerCase(key)
}

/** The usual form, without the final dot; `.` for the root. Bytes that would mislead a reader are written `\ddd` (RFC 4343 2.1). */
export function nameOf(key: NameKey): string {
  const labels: string[] = []
  for (let at = 0; at < key.length - 1; at += key.charCodeAt(at) + 1) labels.push(key.slice(at + 1, at + 1 + key.charCodeAt(at)))
  return labels.map(escape).join('.') || '.'
}

/** The name one label shorter; undefined for the root. */
export const parentOf = (key: NameKey): NameKey | undefined => (key.length > 1 ? key.slice(key.charCodeAt(0) + 1) : undefined)

/** Whether `key` is `zone` or below it. */
export function isWithin(key: NameKey, zone: NameKey): boolean {
  if (!key.endsWith(zone)) return false
  const start = key.length - zone.length
  let at = 0
  while (at < start) at += key.charCodeAt(at) + 1
  return at === start
}

/** ASCII only, as names are compared (RFC 4343 3). Lengths of labels are below 64 and so never letters. */
export const lowerCase = (key: string): NameKey =>
  /[A-Z]/.test(key) ? key.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : key

// oxlint-disable-next-line no-control-regex -- any byte may stand in a label
const isBadLabel = (label: string): boolean => label === '' || label.length > MAX_LABEL || /[^\0-\xff]/.test(label)

const unescape = (label: string): string =>
  label.includes('\\') ? label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code))) : label

const escape = (label: string): string =>
  label.replace(/[^!-~]|[.\\]/g, (character) => `\\${String(character.charCodeAt(0)).padStart(3, '0')}`)
