import type { ElementObject } from './names.ts'
import type { Element } from '../plan.ts'

/** What became of one element: `before` is undefined where it is new, `after` where it goes; a set's elements have the value ''. */
export interface Change {
  readonly object: ElementObject
  readonly key: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** One Service's wish for an element; a set's elements have the value ''. */
interface Claim {
  readonly owner: string
  readonly object: ElementObject
  readonly key: string
  readonly value: string
  readonly group?: string
}

/**
 * The elements of all Services together, and who wants which. Two Services may want the same element (one external
 * address, one hairpin endpoint): the one that is first by name has it, whatever came first in time, so the whole is a
 * function of the Services alone. A group of elements is had whole or not at all: two allow lists of one address are not one list.
 */
export class Ledger {
  /** Nearly every element is wanted by one Service alone, and there are very many: only the others have a list, in order. */
  readonly #claims = new Map<ElementObject, Map<string, Claim | readonly Claim[]>>()
  readonly #owned = new Map<string, readonly Claim[]>()
  readonly #groups = new Map<string, Group>()
  /** What each element that changed since the last {@link takeChanges} was before. */
  readonly #touched = new Map<ElementObject, Map<string, string | undefined>>()

  /** From now on `owner` wants exactly `elements`. */
  set(owner: string, elements: readonly Element[]): void {
    const before = new Map((this.#owned.get(owner) ?? []).map((claim) => [identity(claim), claim]))
    const after = new Map(
      elements.map((element) => [identity(element), before.get(identity(element)) ?? claimOf(owner, element)]),
    )
    for (const [id, claim] of before) if (!after.has(id)) this.#change(claim, false)
    for (const [id, claim] of after) if (!before.has(id)) this.#change(claim, true)
    if (after.size > 0) this.#owned.set(owner, [...after.values()])
    else this.#owned.delete(owner)
  }

  /** What changed since the last call, with changes that cancelled each other left out. */
  takeChanges(): readonly Change[] {
    const changes: Change[] = []
    for (const [object, keys] of this.#touched) {
      for (const [key, before] of keys) {
        const after = this.#value(object, key)
        if (before !== after) changes.push({ object, key, before, after })
      }
    }
    this.#touched.clear()
    return changes
  }

  /** Every element there is, as changes from nothing. */
  *all(): Generator<Change> {
    for (const [object, keys] of this.#claims) {
      for (const key of keys.keys()) {
        const after = this.#value(object, key)
        if (after !== undefined) yield { object, key, before: undefined, after }
      }
    }
  }

  #value(object: ElementObject, key: string): string | undefined {
    const claims = listOf(this.#claims.get(object)?.get(key))
    return claims.find(({ owner, group }) => group === undefined || this.#groups.get(group)?.first === owner)?.value
  }

  #change(claim: Claim, wanted: boolean): void {
    const { object, key } = claim
    this.#touch(object, key)
    if (claim.group !== undefined) this.#join(claim.group, claim, wanted)
    const keys = entry(this.#claims, object)
    const others = listOf(keys.get(key)).filter((other) => other !== claim)
    const after = wanted ? [...others, claim].sort(byOwner) : others
    if (after.length === 0) keys.delete(key)
    else keys.set(key, after.length === 1 ? after[0]! : after)
  }

  /** Another owner may be the first of the group now, so every element of it may be another's. */
  #join(name: string, claim: Claim, wanted: boolean): void {
    const group = this.#groups.get(name) ?? new Group()
    for (const { object, key } of group.claims) this.#touch(object, key)
    group.change(claim, wanted)
    if (group.first === undefined) this.#groups.delete(name)
    else this.#groups.set(name, group)
  }

  #touch(object: ElementObject, key: string): void {
    const keys = entry(this.#touched, object)
    if (!keys.has(key)) keys.set(key, this.#value(object, key))
  }
}

/** Who wants elements of a group. */
class Group {
  claims: readonly Claim[] = []
  /** Whose elements count; undefined when nobody wants any. */
  first: string | undefined

  change(claim: Claim, wanted: boolean): void {
    const others = this.claims.filter((other) => other !== claim)
    this.claims = wanted ? [...others, claim] : others
    this.first = this.claims.map(({ owner }) => owner).toSorted()[0]
  }
}

const claimOf = (owner: string, { object, key, value = '', group }: Element): Claim =>
  group === undefined ? { owner, object, key, value } : { owner, object, key, value, group }
const identity = ({ object, key, value = '' }: Element): string => `${object}|${key}|${value}`
const byOwner = (a: Claim, b: Claim): number => (a.owner < b.owner || (a.owner === b.owner && a.value < b.value) ? -1 : 1)
const listOf = (claims: Claim | readonly Claim[] | undefined): readonly Claim[] =>
  claims === undefined ? [] : 'owner' in claims ? [claims] : claims

function entry<Value>(maps: Map<ElementObject, Map<string, Value>>, object: ElementObject): Map<string, Value> {
  let map = maps.get(object)
  if (!map) maps.set(object, (map = new Map()))
  return map
}
