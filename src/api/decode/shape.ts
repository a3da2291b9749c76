import { referenceOf, schemas } from '../schemas/index.ts'
import type { Schema } from '../schemas/index.ts'

/** A schema made ready for walking over values: references are followed once and for all. */
export type Shape =
  | { readonly is: 'any' }
  | { readonly is: 'string' | 'boolean' | 'quantity' | 'int-or-string' | 'time' | 'bytes'; readonly type: string }
  | { readonly is: 'integer'; readonly type: 'int32' | 'int64' }
  | { readonly is: 'number'; readonly type: 'float64' }
  | { readonly is: 'list'; readonly type: string; readonly items: Shape }
  | { readonly is: 'map'; readonly type: string; readonly values: Shape }
  | Struct

export interface Struct {
  readonly is: 'struct'
  /** As Go prints it: `v1.ServiceSpec`. */
  readonly type: string
  /** Without its package: `ServiceSpec`. */
  readonly name: string
  readonly fields: ReadonlyMap<string, Shape>
}

const known = new Map<string, Shape>()

/** The shape of a type by its full name. Throws when there is no such schema: that is a mistake in a kind. */
export function shapeOf(fullName: string): Shape {
  const found = known.get(fullName)
  if (found) return found
  const schema = schemas()[fullName]
  if (!schema) throw new Error(`no schema ${fullName}`)
  const special = specialShape(fullName)
  if (special) return remember(fullName, special)
  const name = fullName.slice(fullName.lastIndexOf('.') + 1)
  const fields = new Map<string, Shape>()
  // Remembered before its fields are followed: some types contain themselves.
  const struct = remember(fullName, { is: 'struct', type: `v1.${name}`, name, fields })
  for (const [field, property] of Object.entries(schema.properties ?? {})) fields.set(field, shape(property))
  return struct
}

function remember(name: string, value: Shape): Shape {
  known.set(name, value)
  return value
}

function specialShape(fullName: string): Shape | undefined {
  switch (fullName.slice(fullName.lastIndexOf('.') + 1)) {
    case 'Quantity':
      return { is: 'quantity', type: 'resource.Quantity' }
    case 'IntOrString':
      return { is: 'int-or-string', type: 'intstr.IntOrString' }
    case 'Time':
    case 'MicroTime':
      return { is: 'time', type: 'v1.Time' }
    case 'FieldsV1':
    case 'RawExtension':
      return { is: 'any' }
    default:
      return undefined
  }
}

function shape(schema: Schema): Shape {
  const reference = referenceOf(schema)
  if (reference !== undefined) return shapeOf(reference)
  if (schema['x-kubernetes-preserve-unknown-fields']) return { is: 'any' }
  switch (schema.type) {
    case 'array': {
      const items = shape(schema.items ?? {})
      return { is: 'list', type: `[]${typeOf(items)}`, items }
    }
    case 'object': {
      if (!schema.additionalProperties) return { is: 'any' }
      const values = shape(schema.additionalProperties)
      return { is: 'map', type: `map[string]${typeOf(values)}`, values }
    }
    case 'integer':
      return { is: 'integer', type: schema.format === 'int64' ? 'int64' : 'int32' }
    case 'number':
      return { is: 'number', type: 'float64' }
    case 'boolean':
      return { is: 'boolean', type: 'bool' }
    case 'string':
      return schema.format === 'byte' ? { is: 'bytes', type: '[]uint8' } : { is: 'string', type: 'string' }
    default:
      return { is: 'any' }
  }
}

const typeOf = (value: Shape): string => ('type' in value ? value.type : 'interface {}')
