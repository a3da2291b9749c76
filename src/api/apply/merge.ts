import type { Schema } from '../schemas/index.ts'
import { isNothing, NOTHING } from './field-set.ts'
import type { FieldSet } from './field-set.ts'
import { isObject, itemsOf, structureOf } from './structure.ts'
import type { Json } from './structure.ts'

/** What is stored, with everything that `applied` says said over it. */
export function merge(live: unknown, applied: unknown, field: Schema | undefined): unknown {
  const structure = structureOf(field)
  if (structure.is === 'fields' && isObject(live) && isObject(applied)) {
    const merged: Json = { ...live }
    for (const [name, value] of Object.entries(applied)) merged[name] = merge(live[name], value, structure.fieldOf(name))
    return merged
  }
  if (structure.is !== 'items' || !Array.isArray(live) || !Array.isArray(applied)) return applied
  const merged = new Map(itemsOf(live, structure.elementOf))
  for (const [element, item] of itemsOf(applied, structure.elementOf)) {
    merged.set(element, structure.items && merged.has(element) ? merge(merged.get(element), item, structure.items) : item)
  }
  return [...merged.values()]
}

/**
 * `value` without the fields of `gone`, but with those of `kept`; undefined when nothing remains. An item goes whole,
 * with what others defaulted into it, unless somebody else keeps a part.
 */
export function prune(value: unknown, field: Schema | undefined, { gone, kept }: { gone: FieldSet; kept: FieldSet }): unknown {
  if (isNothing(gone)) return value
  if (gone.owned && isNothing(kept)) return undefined
  const structure = structureOf(field)
  const below = (element: string) => ({
    gone: gone.children.get(element) ?? NOTHING,
    kept: kept.children.get(element) ?? NOTHING,
  })
  if (structure.is === 'fields' && isObject(value)) {
    const entries = Object.entries(value).map(([name, part]) => [name, prune(part, structure.fieldOf(name), below(`f:${name}`))])
    const left = entries.filter(([, part]) => part !== undefined)
    return left.length === 0 ? undefined : Object.fromEntries(left)
  }
  if (structure.is !== 'items' || !Array.isArray(value)) return value
  const items = [...itemsOf(value, structure.elementOf)].map(([element, item]) => prune(item, structure.items, below(element)))
  const left = items.filter((item) => item !== undefined)
  return left.length === 0 ? undefined : left
}
