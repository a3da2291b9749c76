import { decode, isDecodeError } from '../../api/decode/index.ts'
import type { FieldValidation } from '../../api/decode/index.ts'
import { invalid as invalidField } from '../../api/machinery/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { omitEmpty } from '../protobuf/index.ts'
import type { Warnings } from '../registry/warnings.ts'
import { badRequest, invalid } from './status-error.ts'

const LEVELS: readonly string[] = ['Ignore', 'Warn', 'Strict']

/** `?fieldValidation=`, Warn when it isn't there. Throws Invalid for anything else. */
export function fieldValidationOf(query: URLSearchParams, optionsKind: string): FieldValidation {
  const level = query.get('fieldValidation') || 'Warn'
  if (LEVELS.includes(level)) return level as FieldValidation
  throw invalid({ kind: optionsKind, group: 'meta.k8s.io', name: '' }, [
    invalidField('fieldValidation', level, `must be one of ["" "Ignore" "Strict" "Warn"]`),
  ])
}

export interface DecodeOptions {
  readonly yaml: boolean
  readonly fieldValidation: FieldValidation
  readonly warnings: Warnings
}

/** The object in a body, with defaults. Throws BadRequest in upstream's words. */
export function decodeObject(
  kind: Kind,
  body: Uint8Array,
  { yaml, fieldValidation, warnings }: DecodeOptions,
): Draft<KubeObject> {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
  const decoded = orBadRequest(() => decode(kind, text, { yaml, fieldValidation }))
  warnings.add(...decoded.warnings)
  omitEmpty(kind, decoded.object)
  kind.setDefaults?.(decoded.object)
  return decoded.object
}

export function orBadRequest<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isDecodeError(error)) throw badRequest(error.message)
    throw error
  }
}
