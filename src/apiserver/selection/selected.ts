import type { Entry, ListSpan, Store } from '../../store/index.ts'
import type { Kind } from '../api.ts'
import { decode } from '../registry/encode.ts'
import { kindKey, storePrefix } from '../registry/location.ts'
import { KindIndex } from './kind-index.ts'
import type { Selection } from './selection.ts'

/** The indexes of all kinds that have one. */
export class Indexes {
  readonly #store: Store
  readonly #byKind = new Map<string, KindIndex>()

  constructor(store: Store) {
    this.#store = store
  }

  of(kind: Kind): KindIndex {
    const key = kindKey(kind)
    let index = this.#byKind.get(key)
    if (!index) this.#byKind.set(key, (index = new KindIndex(kind, this.#store)))
    return index
  }

  stop(): void {
    for (const index of this.#byKind.values()) index.stop()
  }
}

export interface Wanted {
  readonly kind: Kind
  /** Empty for all of them. */
  readonly namespace: string
  /** Undefined for everything. */
  readonly selection: Selection | undefined
}

/** Where objects are found. */
export interface Sources {
  readonly store: Store
  readonly indexes: Indexes
}

/**
 * The objects of a selection in the order of their keys, as they are now or, with a revision, as they were. Looks into no
 * more of them than it must. Throws the store's `compacted`.
 */
export function selectedEntries(sources: Sources, { kind, namespace, selection }: Wanted, span: ListSpan = {}): Entry[] {
  const prefix = storePrefix(kind, namespace)
  if (!selection) return sources.store.list(prefix, span)
  const { limit = Infinity, ...rest } = span
  const candidates = candidatesFor(sources, { kind, namespace, selection }, span)
  const found: Entry[] = []
  for (const entry of candidates?.entries ?? sources.store.list(prefix, rest)) {
    if (found.length >= limit) break
    if (candidates?.sure || selection.matches(decode(kind, entry.value))) found.push(entry)
  }
  return found
}

interface Candidates {
  readonly entries: readonly Entry[]
  /** They all match. */
  readonly sure: boolean
}

/** Everything that may match, where that is less than everything; undefined where it isn't known. */
function candidatesFor(
  sources: Sources,
  { kind, namespace, selection }: Wanted & { readonly selection: Selection },
  { after = '', revision = sources.store.revision }: ListSpan,
): Candidates | undefined {
  if (revision < sources.store.revision) return undefined
  const { labels, fields, complete } = selection
  const prefix = storePrefix(kind, namespace)
  const name = fields.find((term) => term.name === 'metadata.name')?.values[0]
  if (name !== undefined && kind.namespaced === (namespace !== ''))
    return { entries: read(sources, [prefix + name], after), sure: false }
  const sets = [
    ...labels.map((term) => sources.indexes.of(kind).byLabel(term.name, term.values)),
    ...fields.map((term) => sources.indexes.of(kind).byField(term.name, term.values)),
  ]
  const [smallest] = sets.sort((a, b) => a.length - b.length)
  if (!smallest) return undefined
  const keys = smallest.filter((key) => key.startsWith(prefix)).sort()
  return { entries: read(sources, keys, after), sure: complete && sets.length === 1 }
}

const read = (sources: Sources, keys: readonly string[], after: string): Entry[] =>
  keys.flatMap((key) => (key > after ? (sources.store.get(key) ?? []) : []))
