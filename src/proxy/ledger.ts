import type { ElementObject } from './names.ts'
import type { Element } from './plan.ts'

/** What became of one element: `before` is undefined where it is new, `after` where it goes; a set's elements have the value ''. */
export interface Change {
  readonly object: ElementObject
  readonly key: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** One Service's wish for an element. */
interface Claim {
  readonly owner: string
  readonly value: string
}

/**
 * The elements of all Services together, and who wants which. Two Services may want the same element (one external
 * address, one hairpin endpoint): the one that is first by name has it, whatever came first in time, so the whole is a
 * function of the Services alone.
 */
export class Ledger {
  readonly #claims = new Map<ElementObject, Map<string, readonly Claim[]>>()
  readonly #owned = new Map<string, readonly Element[]>()
  /** What each element that changed since the last {@link takeChanges} was before. */
  readonly #touched = new Map<ElementObject, Map<string, string | undefined>>()

  /** From now on `owner` wants exactly `elements`. */
  set(owner: string, elements: readonly Element[]): void {
    const before = this.#owned.get(owner) ?? []
    const kept = new Set(elements.map(identity))
    for (const element of before) if (!kept.has(identity(element))) this.#claim(owner, element, false)
    const known = new Set(before.map(identity))
    for (const element of elements) if (!known.has(identity(element))) this.#claim(owner, element, true)
    if (elements.length > 0) this.#owned.set(owner, elements)
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
      for (const key of keys.keys()) yield { object, key, before: undefined, after: this.#value(object, key) }
    }
  }

  #value(object: ElementObject, key: string): string | undefined {
    return this.#claims.get(object)?.get(key)?.[0]?.value
  }

  #claim(owner: string, { object, key, value = '' }: Element, wanted: boolean): void {
    const keys = entry(this.#claims, object)
    const before = keys.get(key) ?? []
    this.#touch(object, key, before[0]?.value)
    const others = before.filter((claim) => claim.owner !== owner || claim.value !== value)
    const after = wanted ? [...others, { owner, value }].sort(byOwner) : others
    if (after.length > 0) keys.set(key, after)
    else keys.delete(key)
  }

  #touch(object: ElementObject, key: string, before: string | undefined): void {
    const keys = entry(this.#touched, object)
    if (!keys.has(key)) keys.set(key, before)
  }
}

const identity = ({ object, key, value = '' }: Element): string => `${object}|${key}|${value}`
const byOwner = (a: Claim, b: Claim): number => (a.owner < b.owner || (a.owner === b.owner && a.value < b.value) ? -1 : 1)

function entry<Value>(maps: Map<ElementObject, Map<string, Value>>, object: ElementObject): Map<string, Value> {
  let map = maps.get(object)
  if (!map) maps.set(object, (map = new Map()))
  return map
}
