import type { Draft, Kind, KubeObject } from '../api.ts'
import { tables } from './tables.ts'
import { wellKnown } from './well-known.ts'

/** One field of a struct of Go's, as far as emptiness goes. */
interface Member {
  /** Left out when it is empty. */
  readonly omitted: boolean
  /** A text, number or boolean. */
  readonly scalar: boolean
  /** The struct in it, in its items or in its values; undefined where JSON has no object for it. */
  readonly struct: string | undefined
  readonly many: 'list' | 'map' | undefined
}

const structs = new Map<string, ReadonlyMap<string, Member>>()

/**
 * Takes out what upstream's types can't tell from nothing: `finalizers: []`, `labels: {}`, `clusterIP: ''`. Every object
 * goes through a struct there, whose empty fields JSON then leaves out; so a patch that empties a list leaves none behind.
 */
export function omitEmpty(kind: Kind, object: Draft<KubeObject>): void {
  const { group, version } = kind
  const root = tables().roots[`${group === '' ? version : `${group}/${version}`} ${kind.kind}`]
  if (root) inStruct(root, object as unknown as Record<string, unknown>)
}

function inStruct(name: string, object: Record<string, unknown>): void {
  const members = membersOf(name)
  for (const [field, value] of Object.entries(object)) {
    const member = members.get(field)
    if (!member) continue
    if (member.omitted && isEmpty(value, member)) delete object[field]
    else if (member.struct !== undefined) for (const one of structsIn(value, member)) inStruct(member.struct, one)
  }
}

/** A struct is never empty: `podSelector: {}` says something. */
function isEmpty(value: unknown, { scalar, many }: Member): boolean {
  if (many === 'list') return Array.isArray(value) && value.length === 0
  if (many === 'map') return isObject(value) && Object.keys(value).length === 0
  return scalar && (value === '' || value === 0 || value === false)
}

function structsIn(value: unknown, { many }: Member): Record<string, unknown>[] {
  const all = many === undefined ? [value] : isObject(value) ? Object.values(value) : Array.isArray(value) ? value : []
  return all.filter(isObject)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** By name in JSON; what lies directly in the object is there, too. */
function membersOf(name: string): ReadonlyMap<string, Member> {
  const known = structs.get(name)
  if (known) return known
  const members = new Map<string, Member>()
  structs.set(name, members) // before its fields, for some contain themselves
  const { messages } = tables()
  for (const [field, type, keepsZero] of Object.values(messages[name] ?? {})) {
    if (field === '') for (const [inner, member] of membersOf(type)) members.set(inner, member)
    else members.set(field, memberOf(type, !keepsZero))
  }
  return members
}

function memberOf(type: string, omitted: boolean): Member {
  const many = type.startsWith('[]') ? 'list' : type.startsWith('{}') ? 'map' : undefined
  const inner = many ? type.slice(2) : type
  const isStruct = inner.includes('/')
  return { omitted, many, scalar: !many && !isStruct, struct: isStruct && !wellKnown[inner] ? inner : undefined }
}
