import { semanticEqual } from '../equal.ts'
import { forbidden } from '../field.ts'
import type { FieldError } from '../kind.ts'
import type { KubeObject } from '../object.ts'

/** As much as a ConfigMap or a Secret may hold, keys not counted. */
export const MOST_BYTES = 1024 * 1024

interface WithData extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
  readonly binaryData?: Readonly<Record<string, string>>
  readonly immutable?: boolean
}

/** Whoever made it immutable can't take that back. */
export function validateImmutableData(object: WithData, old: WithData): FieldError[] {
  if (!old.immutable) return []
  const rule = 'field is immutable when `immutable` is set'
  const found = object.immutable ? [] : [forbidden('immutable', rule)]
  for (const field of ['data', 'binaryData'] as const) {
    if (!semanticEqual(object[field], old[field])) found.push(forbidden(field, rule))
  }
  return found
}
