import { resolve } from '../schemas/index.ts'
import type { Schema } from '../schemas/index.ts'

export type Json = Record<string, unknown>

/** How a value is owned: as one, by its fields, or by the items of its list. */
type Structure =
  | { readonly is: 'leaf' }
  | { readonly is: 'fields'; readonly fieldOf: (name: string) => Schema | undefined }
  | { readonly is: 'items'; readonly elementOf: (item: unknown) => string; readonly items: Schema | undefined }

const LEAF_STRUCTURE: Structure = { is: 'leaf' }

/** Lists that say nothing are owned as one, objects by their fields. As upstream's structured-merge-diff. */
export function structureOf(field: Schema | undefined): Structure {
  if (!field) return LEAF_STRUCTURE
  const schema = resolve(field)
  if (field.type === 'array') return listStructure(field)
  const atomic = (field['x-kubernetes-map-type'] ?? schema['x-kubernetes-map-type']) === 'atomic'
  const { properties, additionalProperties } = schema
  if (atomic || (!properties && !additionalProperties)) return LEAF_STRUCTURE
  return { is: 'fields', fieldOf: (name) => properties?.[name] ?? additionalProperties }
}

function listStructure(field: Schema): Structure {
  const keys = field['x-kubernetes-list-map-keys'] ?? []
  switch (field['x-kubernetes-list-type']) {
    case 'set':
      return { is: 'items', elementOf: (item) => `v:${JSON.stringify(item)}`, items: undefined }
    case 'map':
      return { is: 'items', elementOf: (item) => `k:${keyOf(item, keys)}`, items: field.items }
    default:
      return LEAF_STRUCTURE
  }
}

/** The only key that the API defaults. */
const DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' }

function keyOf(item: unknown, keys: readonly string[]): string {
  const values = item as Json
  return JSON.stringify(Object.fromEntries([...keys].sort().map((key) => [key, values[key] ?? DEFAULTS[key]])))
}

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The items of a list by their elements; of anything else none. */
export const itemsOf = (value: unknown, elementOf: (item: unknown) => string): ReadonlyMap<string, unknown> =>
  new Map(Array.isArray(value) ? value.map((item: unknown) => [elementOf(item), item]) : [])
