import { resolve } from '../schemas/index.ts'
import type { Schema } from '../schemas/index.ts'
import { PatchError } from './error.ts'
import { isObject, keysOf } from './json.ts'
import type { Json } from './json.ts'
import { byOrder, withoutDuplicates } from './list-order.ts'

/**
 * A strategic merge patch, kubectl's own: lists whose elements have a key merge by it, and directives within the patch
 * (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) say what JSON can't. What merges by
 * which key stands in the schema. Changes `object`. As upstream's `apimachinery/pkg/util/strategicpatch`.
 */
export function strategicMergePatch(object: Json, patch: unknown, schema: Schema): Json {
  if (!isObject(patch)) throw new PatchError(400, 'error decoding patch: a strategic merge patch is an object')
  return mergeObject(object, patch, schema)
}

const ORDER = '$setElementOrder/'
const DELETE = '$deleteFromPrimitiveList/'

function mergeObject(original: Json, patch: Json, schema: Schema | undefined): Json {
  const directive = patch['$patch']
  if (directive === 'replace') return withoutDirectives(patch, schema)
  if (directive === 'delete') return {}
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive)
  retainKeys(original, patch)
  for (const key of keysOf(patch)) {
    if (key.startsWith(DELETE)) deleteFromPrimitives(original, key.slice(DELETE.length), patch[key])
  }
  for (const key of keysOf(patch)) if (!key.startsWith('$')) mergeField(original, key, { patch, schema })
  orderLists(original, patch, schema)
  return original
}

/** A new value, free of directives and of nulls: what it would be if it were merged into nothing. */
function withoutDirectives(patch: Json, schema: Schema | undefined): Json {
  const { $patch: _, ...rest } = patch
  return mergeObject({}, rest, schema)
}

const unknownDirective = (directive: unknown): PatchError =>
  new PatchError(400, `Unknown patch type found: ${typeof directive === 'string' ? directive : JSON.stringify(directive)}`)

/** Only the keys that the patch names stay: a union of which another member is chosen. */
function retainKeys(original: Json, patch: Json): void {
  const retained = patch['$retainKeys']
  if (retained === undefined) return
  if (!Array.isArray(retained)) throw new PatchError(400, 'invalid patch format of retain keys')
  for (const key of keysOf(patch)) {
    if (!key.startsWith('$') && patch[key] !== null && !retained.includes(key)) {
      throw new PatchError(400, 'patch contains an inconsistent retain keys list')
    }
  }
  for (const key of keysOf(original)) if (!retained.includes(key)) delete original[key]
}

function deleteFromPrimitives(original: Json, key: string, values: unknown): void {
  if (!Array.isArray(values)) throw new PatchError(400, 'invalid patch format of primitive list')
  const list = original[key]
  if (Array.isArray(list)) original[key] = list.filter((item) => !values.includes(item))
}

function mergeField(original: Json, key: string, { patch, schema }: { patch: Json; schema: Schema | undefined }): void {
  const value = patch[key]
  if (value === null) {
    delete original[key]
    return
  }
  const field = fieldOf(schema, key)
  const strategies = field?.['x-kubernetes-patch-strategy']?.split(',') ?? []
  if (isObject(value)) {
    const base = strategies.includes('replace') ? undefined : original[key]
    original[key] = mergeObject(isObject(base) ? base : {}, value, field && resolve(field))
  } else if (Array.isArray(value) && strategies.includes('merge')) {
    original[key] = mergeList(listOf(original[key]), value as unknown[], field)
  } else {
    original[key] = value
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

/** Of a struct one of its fields, of a map its values. */
const fieldOf = (schema: Schema | undefined, key: string): Schema | undefined =>
  schema?.properties?.[key] ?? schema?.additionalProperties

function mergeList(original: readonly unknown[], patch: readonly unknown[], field: Schema | undefined): unknown[] {
  const key = field?.['x-kubernetes-patch-merge-key']
  if (key === undefined) {
    return byOrder(withoutDuplicates([...original, ...patch]), { wanted: patch, known: original, key: undefined })
  }
  const items = field?.items && resolve(field.items)
  const elements = patch.map((item) => element(item, key))
  const plain = elements.filter((item) => item['$patch'] === undefined)
  if (elements.some((item) => item['$patch'] === 'replace')) return plain.map((item) => withoutDirectives(item, items))
  const merged = original.filter((item) => !elements.some((other) => other['$patch'] === 'delete' && sameKey(item, other, key)))
  for (const item of plain) {
    const at = merged.findIndex((other) => sameKey(other, item, key))
    const base = at === -1 ? {} : merged[at]
    const value = mergeObject(isObject(base) ? base : {}, item, items)
    if (at === -1) merged.push(value)
    else merged[at] = value
  }
  return byOrder(merged, { wanted: plain, known: original, key })
}

function element(item: unknown, key: string): Json {
  if (!isObject(item)) throw new PatchError(400, `expected an object with key ${key}, got ${JSON.stringify(item)}`)
  const directive = item['$patch']
  if (directive !== undefined && !['delete', 'replace', 'merge'].includes(directive as string)) throw unknownDirective(directive)
  if (item[key] === undefined && directive !== 'replace') {
    throw new PatchError(400, `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
  }
  return item
}

const sameKey = (a: unknown, b: Json, key: string): boolean => isObject(a) && a[key] === b[key]

/** Last of all, for the lists may have changed: the order that the patch asks for. */
function orderLists(original: Json, patch: Json, schema: Schema | undefined): void {
  for (const directive of keysOf(patch)) {
    if (!directive.startsWith(ORDER)) continue
    const key = directive.slice(ORDER.length)
    const list = original[key]
    const wanted = patch[directive]
    if (!Array.isArray(wanted)) throw new PatchError(400, 'invalid patch format of setElementOrder list')
    if (!Array.isArray(list)) continue
    const mergeKey = fieldOf(schema, key)?.['x-kubernetes-patch-merge-key']
    original[key] = byOrder(list, { wanted, known: list, key: mergeKey })
  }
}
