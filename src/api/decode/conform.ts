import { canonicalQuantity, QUANTITY_FORM } from '../quantity.ts'
import { DecodeError } from './error.ts'
import { shapeOf } from './shape.ts'
import type { Shape, Struct } from './shape.ts'

type Json = Record<string, unknown>

/** Where the walk is: both ways in which upstream's messages name a place. */
interface Place {
  /** For unknown fields: `spec.ports[0]`. */
  readonly path: string
  /** For wrong types: `ServicePort.spec.ports`; Go leaves the indexes out. */
  readonly struct: string
  readonly fields: string
}

/** At most so many unknown fields are told, as in upstream's decoder. */
const MOST = 100

/**
 * Makes `object` conform to the type `fullName`, in place: fields that the type doesn't have are dropped, nulls are as
 * good as absent, amounts get their one form. Answers with the paths of what was dropped. Throws {@link DecodeError}
 * where a value is of another type than its field.
 */
export function conform(object: Json, fullName: string): string[] {
  const unknown: string[] = []
  const root = shapeOf(fullName)
  if (root.is === 'struct') walkStruct(object, root, { place: { path: '', struct: '', fields: '' }, unknown })
  return unknown
}

interface Walk {
  readonly place: Place
  readonly unknown: string[]
}

function walkStruct(object: Json, struct: Struct, { place, unknown }: Walk): void {
  for (const key of Object.keys(object)) {
    const shape = struct.fields.get(key)
    if (!shape) {
      if (unknown.length < MOST) unknown.push(join(place.path, key))
      delete object[key]
    } else if (object[key] === null) delete object[key]
    else if (isPlain(object[key], shape)) continue
    else {
      const next = { path: join(place.path, key), struct: struct.name, fields: join(place.fields, key) }
      object[key] = walk(object[key], shape, { place: next, unknown })
    }
  }
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

/** The many values that need no look inside: no place has to be made up for them. */
const isPlain = (value: unknown, shape: Shape): boolean =>
  shape.is === 'any' ||
  (shape.is === 'string' && typeof value === 'string') ||
  (shape.is === 'boolean' && typeof value === 'boolean')

function walk(value: unknown, shape: Shape, at: Walk): unknown {
  switch (shape.is) {
    case 'any':
      return value
    case 'struct':
      if (!isObject(value)) throw mismatch(value, shape, at.place)
      walkStruct(value, shape, at)
      return value
    case 'list':
      return walkList(value, shape, at)
    case 'map':
      return walkMap(value, shape, at)
    default:
      return scalar(value, shape, at.place)
  }
}

function walkList(value: unknown, shape: Shape & { is: 'list' }, { place, unknown }: Walk): unknown {
  if (!Array.isArray(value)) throw mismatch(value, shape, place)
  const { items } = shape
  return value.map((item: unknown, index) => {
    if (item === null) return emptyOf(items)
    return isPlain(item, items) ? item : walk(item, items, { place: { ...place, path: `${place.path}[${index}]` }, unknown })
  })
}

/** What a null in a list becomes in Go. */
const emptyOf = (shape: Shape): unknown => (shape.is === 'struct' || shape.is === 'map' ? {} : shape.is === 'list' ? [] : '')

function walkMap(value: unknown, shape: Shape & { is: 'map' }, { place, unknown }: Walk): unknown {
  if (!isObject(value)) throw mismatch(value, shape, place)
  for (const key of Object.keys(value)) {
    const item = value[key]
    if (item === null) value[key] = emptyOf(shape.values)
    else if (!isPlain(item, shape.values)) {
      value[key] = walk(item, shape.values, { place: { ...place, path: join(place.path, key) }, unknown })
    }
  }
  return value
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function scalar(value: unknown, shape: Shape, place: Place): unknown {
  switch (shape.is) {
    case 'integer':
      if (!isInteger(value, shape.type)) throw mismatch(value, shape, place)
      return value
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, shape, place)
      return value
    case 'quantity':
      return quantity(value)
    case 'int-or-string':
      if (typeof value !== 'string' && !isInteger(value, 'int32')) throw mismatch(value, { is: 'integer', type: 'int32' }, place)
      return value
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(value, shape, place)
      return base64(value)
    case 'time':
      if (typeof value !== 'string') throw mismatch(value, { is: 'string', type: 'string' }, place)
      return time(value)
    default:
      throw mismatch(value, shape, place)
  }
}

const BOUNDS = { int32: 2 ** 31, int64: 2 ** 63 } as const

const isInteger = (value: unknown, type: 'int32' | 'int64'): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= -BOUNDS[type] && value < BOUNDS[type]

function quantity(value: unknown): string {
  const canonical = typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(value) : undefined
  if (canonical === undefined) throw new DecodeError(QUANTITY_FORM)
  return canonical
}

function base64(value: string): string {
  const at =
    /[^A-Za-z0-9+/=\r\n]/.exec(value)?.index ?? (value.replaceAll(/[\r\n]/g, '').length % 4 === 0 ? undefined : value.length)
  if (at !== undefined) throw new DecodeError(`illegal base64 data at input byte ${at}`)
  return value
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

function time(value: string): string {
  if (RFC3339.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new DecodeError(
    `parsing time ${JSON.stringify(JSON.stringify(value))} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`,
  )
}

/** In the words of Go's `encoding/json`. */
function mismatch(value: unknown, shape: Shape, place: Place): DecodeError {
  const type = 'type' in shape ? shape.type : 'interface {}'
  return new DecodeError(
    `json: cannot unmarshal ${kindOf(value, shape)} into Go struct field ${place.struct}.${place.fields} of type ${type}`,
  )
}

function kindOf(value: unknown, shape: Shape): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return shape.is === 'integer' ? `number ${value}` : 'number'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
