import { isObject } from './json.ts'

interface Orders {
  /** The order that the patch wants for what it names. */
  readonly wanted: readonly unknown[]
  /** The order in which the server had its elements. */
  readonly known: readonly unknown[]
  /** What tells elements apart; undefined for lists of plain values. */
  readonly key: string | undefined
}

/**
 * Puts the elements that the patch names into its order, and the others between them where the server had them. What
 * the server didn't know goes before what only the server knows. As upstream's `normalizeElementOrder`.
 */
export function byOrder(list: readonly unknown[], { wanted, known, key }: Orders): unknown[] {
  const inPatch = positions(wanted, key)
  const onServer = positions(known, key)
  const rank = (from: ReadonlyMap<unknown, number>, item: unknown): number => from.get(identity(item, key)) ?? Infinity
  const named = list.filter((item) => inPatch.has(identity(item, key))).sort((a, b) => rank(inPatch, a) - rank(inPatch, b))
  const others = list.filter((item) => !inPatch.has(identity(item, key)))
  const merged: unknown[] = []
  let next = 0
  for (const item of named) {
    for (; next < others.length && rank(onServer, others[next]) < serverRank(onServer, identity(item, key)); next++) {
      merged.push(others[next])
    }
    merged.push(item)
  }
  return [...merged, ...others.slice(next)]
}

/** What the server doesn't know comes first. */
const serverRank = (onServer: ReadonlyMap<unknown, number>, of: unknown): number => onServer.get(of) ?? -1

const identity = (item: unknown, key: string | undefined): unknown => (key !== undefined && isObject(item) ? item[key] : item)

const positions = (list: readonly unknown[], key: string | undefined): ReadonlyMap<unknown, number> =>
  new Map(list.map((item, index) => [identity(item, key), index]))

export const withoutDuplicates = (list: readonly unknown[]): unknown[] => [...new Set(list)]
