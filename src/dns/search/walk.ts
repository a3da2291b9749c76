import { isWithin, type NameKey } from '../../wire/index.ts'

/** What is known of a name without asking anybody. `empty`: it exists, but has no address, so a search goes on behind it. */
export type Known = 'found' | 'empty' | 'missing' | 'outside'

/** Where a search leads: to a name of the cluster, or to names that others must be asked about, in this order. */
export type Walk =
  | { readonly kind: 'found'; readonly name: NameKey }
  | { readonly kind: 'ask'; readonly names: readonly NameKey[] }

const MAX_NAME = 255

/**
 * Goes the rest of a client's search path for it, when it asks for a name with the first of its suffixes: what the client would
 * ask next, one question after the other, is known here. undefined when `name` isn't such a question.
 */
export function walk(name: NameKey, path: readonly NameKey[], know: (candidate: NameKey) => Known): Walk | undefined {
  const [first, ...rest] = path
  if (first === undefined || name === first || !isWithin(name, first)) return undefined
  const base = name.slice(0, -first.length)
  const names: NameKey[] = []
  for (const candidate of rest.map((suffix) => base + suffix)) {
    if (candidate.length > MAX_NAME) continue
    const known = know(candidate)
    if (known === 'found' && names.length === 0) return { kind: 'found', name: candidate }
    if (known === 'found') break // only the client itself may come this far: others' answers stand before it
    if (known === 'outside') names.push(candidate)
  }
  return { kind: 'ask', names }
}
