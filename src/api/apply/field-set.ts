/**
 * Sets of fields, as managers own them. An element of a path is `f:name` for a field, `k:{"port":80}` for an item of a
 * keyed list, `v:"x"` for an item of a set: the FieldsV1 format of `managedFields` (KEP-555).
 */
export interface FieldSet {
  /** The place itself, not only something within. */
  readonly owned: boolean
  readonly children: ReadonlyMap<string, FieldSet>
}

type FieldsV1 = { readonly [element: string]: FieldsV1 }

export const NOTHING: FieldSet = { owned: false, children: new Map() }
export const LEAF: FieldSet = { owned: true, children: new Map() }

export const isNothing = (set: FieldSet): boolean => !set.owned && set.children.size === 0

export function parseFields(fields: unknown): FieldSet {
  const children = new Map<string, FieldSet>()
  for (const [element, below] of Object.entries((fields ?? {}) as FieldsV1)) {
    if (element !== '.') children.set(element, parseBelow(below))
  }
  return { owned: false, children }
}

const inOrder = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

function parseBelow(fields: FieldsV1): FieldSet {
  const { children } = parseFields(fields)
  return { owned: '.' in fields || children.size === 0, children }
}

export function formatFields(set: FieldSet): FieldsV1 {
  const entries = [...set.children].sort(inOrder).map(([element, below]) => [element, formatBelow(below)])
  return Object.fromEntries(entries) as FieldsV1
}

const formatBelow = (set: FieldSet): FieldsV1 => ({
  ...(set.owned && set.children.size > 0 && { '.': {} }),
  ...formatFields(set),
})

/** A set of the given children, without those that are empty. */
export const setOf = (children: Iterable<readonly [string, FieldSet]>, owned = false): FieldSet => ({
  owned,
  children: new Map([...children].filter(([, below]) => !isNothing(below))),
})

type Rule = (a: boolean, b: boolean) => boolean

function combine(a: FieldSet, b: FieldSet, rule: Rule): FieldSet {
  const elements = new Set([...a.children.keys(), ...b.children.keys()])
  const children = [...elements].map((element): [string, FieldSet] => [
    element,
    combine(a.children.get(element) ?? NOTHING, b.children.get(element) ?? NOTHING, rule),
  ])
  return setOf(children, rule(a.owned, b.owned))
}

export const union = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA || inB)
export const difference = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && !inB)
export const intersection = (a: FieldSet, b: FieldSet): FieldSet => combine(a, b, (inA, inB) => inA && inB)

/** `.spec.ports[port=80,protocol="TCP"].targetPort`: each place of the set, as messages name it. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  return [
    ...(set.owned ? [prefix] : []),
    ...[...set.children].sort(inOrder).flatMap(([element, below]) => pathsOf(below, prefix + elementText(element))),
  ]
}

function elementText(element: string): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('v:')) return `[=${rest}]`
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>)
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`
}
