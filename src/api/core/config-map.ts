import type { ConfigMap } from '../generated/types.gen.ts'
import { invalid, invalids, tooLong } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { configKey } from '../names.ts'
import { age, integer } from '../printing/columns.ts'
import { configMaps } from '../resources.ts'
import { MOST_BYTES, validateImmutableData } from './data.ts'

const entries = (object: ConfigMap): number => Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length

export const configMap = defineKind<ConfigMap>(configMaps, {
  schema: 'io.k8s.api.core.v1.ConfigMap',
  shortNames: ['cm'],
  validate,
  validateUpdate: validateImmutableData,
  columns: [{ ...integer('Data', 'How many entries there are.', entries), type: 'string' }, age],
})

function validate({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const found: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(data)) {
    found.push(...invalids(`data[${key}]`, key, configKey(key)))
    if (key in binaryData) found.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    bytes += Buffer.byteLength(value)
  }
  for (const [key, value] of Object.entries(binaryData)) {
    found.push(...invalids(`binaryData[${key}]`, key, configKey(key)))
    bytes += Buffer.byteLength(value, 'base64')
  }
  // The field is upstream's: a path that was never begun.
  return bytes > MOST_BYTES ? [...found, tooLong('[]', MOST_BYTES)] : found
}
