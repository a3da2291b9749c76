import type { Schema } from '../schemas/index.ts'
import { semanticEqual } from '../equal.ts'
import { LEAF, NOTHING, setOf } from './field-set.ts'
import type { FieldSet } from './field-set.ts'
import { isObject, itemsOf, structureOf } from './structure.ts'

/** Every field that `value` says something about. */
export function fieldsOf(value: unknown, field: Schema | undefined): FieldSet {
  const structure = structureOf(field)
  if (structure.is === 'fields' && isObject(value)) {
    const entries = Object.entries(value)
    if (entries.length === 0) return LEAF
    return setOf(entries.map(([name, below]) => [`f:${name}`, fieldsOf(below, structure.fieldOf(name))]))
  }
  if (structure.is !== 'items' || !Array.isArray(value)) return LEAF
  const items = [...itemsOf(value, structure.elementOf)]
  if (items.length === 0) return LEAF
  return setOf(
    items.map(([element, item]) => [element, structure.items ? { ...fieldsOf(item, structure.items), owned: true } : LEAF]),
  )
}

/** The fields in which `now` differs from `before`, what was added and what is gone among them. */
export function changedFields(before: unknown, now: unknown, field: Schema | undefined): FieldSet {
  if (semanticEqual(before, now)) return NOTHING
  if (before === undefined) return fieldsOf(now, field)
  if (now === undefined) return fieldsOf(before, field)
  const structure = structureOf(field)
  if (structure.is === 'fields' && isObject(before) && isObject(now)) {
    const names = new Set([...Object.keys(before), ...Object.keys(now)])
    return setOf([...names].map((name) => [`f:${name}`, changedFields(before[name], now[name], structure.fieldOf(name))]))
  }
  if (structure.is !== 'items') return LEAF
  const was = itemsOf(before, structure.elementOf)
  const is = itemsOf(now, structure.elementOf)
  const elements = new Set([...was.keys(), ...is.keys()])
  return setOf([...elements].map((element) => [element, changedItem(was.get(element), is.get(element), structure.items)]))
}

function changedItem(before: unknown, now: unknown, items: Schema | undefined): FieldSet {
  if (before !== undefined && now !== undefined) return changedFields(before, now, items)
  return items ? { ...fieldsOf(now ?? before, items), owned: true } : LEAF
}
