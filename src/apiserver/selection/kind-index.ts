import { fieldValue, labelOf } from '../../api/machinery/index.ts'
import type { Change, Store } from '../../store/index.ts'
import type { Kind, KubeObject } from '../api.ts'
import { decode } from '../registry/encode.ts'
import { storePrefix } from '../registry/location.ts'
import { objectAfter, objectBefore } from '../watch/frames.ts'

/** So many labels and fields are remembered for a kind. */
const COLUMNS = 16
/** An index that isn't asked for may see so many changes at least. */
const PATIENCE = 1_000

/** The keys of the objects that have a value in one label or field, by value. */
interface Column {
  readonly read: (object: KubeObject) => string | undefined
  readonly keys: Map<string, Set<string>>
  /** What making it cost, in objects that were looked into. */
  readonly cost: number
  /** Changes since somebody asked. */
  unused: number
}

/**
 * Which objects of a kind have which value in the labels and fields that lists ask for. A column is made when it is
 * asked for, and dropped when keeping it has cost as much as making it without anybody asking: then it is made again at
 * most twice as often as would be best.
 */
export class KindIndex {
  readonly #kind: Kind
  readonly #store: Store
  readonly #columns = new Map<string, Column>()
  #unfollow: (() => void) | undefined

  constructor(kind: Kind, store: Store) {
    this.#kind = kind
    this.#store = store
  }

  /** The keys of objects with one of the values in a label. */
  byLabel(name: string, values: readonly string[]): string[] {
    return this.#find(`label ${name}`, values, ({ metadata }) => labelOf(metadata.labels, name))
  }

  byField(name: string, values: readonly string[]): string[] {
    return this.#find(`field ${name}`, values, (object) => fieldValue(object, name, this.#kind.selectableFields))
  }

  stop(): void {
    this.#unfollow?.()
    this.#unfollow = undefined
    this.#columns.clear()
  }

  #find(name: string, values: readonly string[], read: Column['read']): string[] {
    const column = this.#columns.get(name) ?? this.#make(read)
    column.unused = 0
    this.#columns.delete(name)
    this.#columns.set(name, column) // the newest is last
    if (this.#columns.size > COLUMNS) this.#columns.delete(this.#columns.keys().next().value ?? '')
    return values.flatMap((value) => [...(column.keys.get(value) ?? [])])
  }

  #make(read: Column['read']): Column {
    const prefix = storePrefix(this.#kind)
    this.#unfollow ??= this.#store.watch(prefix, this.#store.revision, (changes) => this.#follow(changes))
    const entries = this.#store.list(prefix)
    const column: Column = { read, keys: new Map(), cost: entries.length, unused: 0 }
    for (const { key, value } of entries) add(column, decode(this.#kind, value), key)
    return column
  }

  #follow(changes: readonly Change[]): void {
    for (const [name, column] of this.#columns) {
      column.unused += changes.length
      if (column.unused > Math.max(column.cost, PATIENCE)) this.#columns.delete(name)
      else for (const change of changes) this.#take(column, change)
    }
    if (this.#columns.size === 0) this.stop()
  }

  #take(column: Column, change: Change): void {
    const [before, after] = [objectBefore(this.#kind, change), objectAfter(this.#kind, change)]
    if (before) remove(column, before, change.key)
    if (after) add(column, after, change.key)
  }
}

function add({ read, keys }: Column, object: KubeObject, key: string): void {
  const value = read(object)
  if (value === undefined) return
  const known = keys.get(value)
  if (known) known.add(key)
  else keys.set(value, new Set([key]))
}

function remove({ read, keys }: Column, object: KubeObject, key: string): void {
  const value = read(object)
  const known = value === undefined ? undefined : keys.get(value)
  known?.delete(key)
  if (known?.size === 0) keys.delete(value as string)
}
