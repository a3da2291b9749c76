import { StoreError } from './errors.ts'
import type { Log, Row } from './log.ts'
import { SortedKeys } from './sorted-keys.ts'
import type { Change, Entry, Listener, ListSpan, Operation, Store } from './store.ts'
import { Watchers } from './watchers.ts'
import { Window } from './window.ts'
import type { WindowLimits } from './window.ts'

/** About an hour of a busy small cluster, and no more memory than its current state usually takes. */
export const WINDOW: WindowLimits = { changes: 8_192, bytes: 16 * 1024 * 1024 }

/** Rows are dropped from the log so many at a time. */
const GARBAGE = 1_024

type StoredEntry = Entry & { readonly row: number }
interface StoredChange extends Change {
  readonly row: number
  readonly before: StoredEntry | undefined
}
interface Accepted {
  readonly revision: number
  readonly changes: readonly StoredChange[]
  readonly done: PromiseWithResolvers<number>
}

/**
 * A store over a {@link Log}: current state, key index and window in memory, rebuilt from the log at the start.
 *
 * Writes are accepted at once, against everything accepted before them, and made durable in groups: all that comes
 * while one group is being flushed is the next group.
 */
export class LoggedStore implements Store {
  readonly #log: Log
  readonly #entries = new Map<string, StoredEntry>()
  readonly #keys = new SortedKeys()
  readonly #watchers = new Watchers()
  readonly #window: Window<StoredChange>
  /** The newest accepted change of each key that has one still being flushed, with its write. */
  readonly #pending = new Map<string, { readonly change: StoredChange; readonly write: Accepted }>()
  #queue: Accepted[] = []
  #garbage: number[] = []
  #revision: number
  #acceptedRevision: number
  #lastRow = 0
  #flushing: Promise<void> | undefined
  #closed = false

  constructor(log: Log, limits: WindowLimits = WINDOW) {
    this.#log = log
    const { rows, compacted } = log.recover()
    this.#window = new Window(limits, compacted)
    this.#revision = compacted
    for (const row of rows) this.#replay(row, compacted)
    this.#acceptedRevision = this.#revision
  }

  get revision(): number {
    return this.#revision
  }

  get compactedRevision(): number {
    return this.#window.forgotten
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  list(prefix: string, { after, limit = Infinity, revision = this.#revision }: ListSpan = {}): Entry[] {
    if (revision < this.#revision) return this.#listPast(prefix, { after, limit, revision })
    const found: Entry[] = []
    if (limit <= 0) return found
    for (const key of this.#keys.range(prefix, after)) {
      found.push(this.#entries.get(key) as Entry)
      if (found.length >= limit) break
    }
    return found
  }

  count(prefix: string, after?: string): number {
    let count = 0
    for (const _ of this.#keys.range(prefix, after)) count++
    return count
  }

  async write(operations: readonly Operation[]): Promise<number> {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed')
    for (const { key, expected } of operations) if (this.#newest(key)?.revision !== (expected || undefined)) await this.#lost(key)
    return this.#accept(operations).done.promise
  }

  watch(prefix: string, after: number, listener: Listener): () => void {
    this.#mustRemember(after)
    const missed = this.#window.after(after).filter((change) => change.key.startsWith(prefix))
    if (missed.length > 0) listener(missed)
    return this.#watchers.add(prefix, listener)
  }

  async compact(revision: number): Promise<void> {
    this.#collect(this.#window.forget(Math.min(revision, this.#revision)))
    await this.#forgetGarbage()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#flushing
    await this.#log.close()
  }

  /** What a key will be once everything accepted so far is durable. */
  #newest(key: string): StoredEntry | undefined {
    const pending = this.#pending.get(key)
    if (!pending) return this.#entries.get(key)
    return pending.change.deleted ? undefined : pending.change
  }

  /** Fails only once the winner can be read: whoever tries again at once must not lose against the same write. */
  async #lost(key: string): Promise<never> {
    await this.#pending.get(key)?.write.done.promise.catch(() => {})
    throw new StoreError('conflict', `${key} is not at the expected revision`)
  }

  #accept(operations: readonly Operation[]): Accepted {
    const revision = this.#acceptedRevision + 1
    const changes = operations.map((operation, index) => this.#changeOf(operation, revision, this.#lastRow + 1 + index))
    const write: Accepted = { revision, changes, done: Promise.withResolvers() }
    this.#acceptedRevision = revision
    this.#lastRow += changes.length
    for (const change of changes) this.#pending.set(change.key, { change, write })
    this.#queue.push(write)
    this.#flushing ??= this.#flush()
    return write
  }

  #changeOf({ key, value, tombstone }: Operation, revision: number, row: number): StoredChange {
    const before = this.#newest(key)
    if (value) return { key, revision, row, before, deleted: false, value: value(revision) }
    if (!before) throw new StoreError('conflict', `${key} does not exist`)
    return { key, revision, row, before, deleted: true, value: tombstone?.(revision) ?? before.value }
  }

  async #flush(): Promise<void> {
    await Promise.resolve() // whoever writes in the same turn shares the first transaction
    while (this.#queue.length > 0) {
      const group = this.#queue
      this.#queue = []
      try {
        await this.#log.append(group.flatMap((write) => write.changes))
      } catch (error) {
        this.#refuse([...group, ...this.#queue], error)
        continue
      }
      this.#publish(group)
    }
    this.#flushing = undefined // in the same turn as the look at the queue, so that no write falls between the two
  }

  #publish(group: readonly Accepted[]): void {
    const changes = group.flatMap((write) => write.changes)
    for (const change of changes) {
      this.#apply(change)
      if (this.#pending.get(change.key)?.change === change) this.#pending.delete(change.key)
    }
    this.#revision = (group.at(-1) as Accepted).revision
    this.#collect(this.#window.push(changes))
    this.#watchers.tell(changes)
    for (const write of group) write.done.resolve(write.revision)
    if (this.#garbage.length >= GARBAGE) void this.#forgetGarbage().catch(() => {}) // found again at the next start
  }

  /** What was accepted on top of a write that failed was accepted on top of nothing. */
  #refuse(writes: readonly Accepted[], error: unknown): void {
    this.#queue = []
    this.#pending.clear()
    for (const write of writes) write.done.reject(error)
  }

  #apply(change: StoredChange): void {
    if (change.deleted) {
      this.#entries.delete(change.key)
      this.#keys.delete(change.key)
      return
    }
    if (!this.#entries.has(change.key)) this.#keys.add(change.key)
    const { key, value, revision, row } = change
    this.#entries.set(key, { key, value, revision, row })
  }

  #replay(row: Row, compacted: number): void {
    const before = this.#entries.get(row.key)
    const change: StoredChange = { ...row, before }
    this.#apply(change)
    this.#lastRow = row.row
    this.#revision = Math.max(this.#revision, row.revision)
    this.#collect(row.revision > compacted ? this.#window.push([change]) : [change])
  }

  /** Of changes that no watcher can ask for any more, the rows that hold no current state. */
  #collect(changes: readonly StoredChange[]): void {
    for (const { before, deleted, row } of changes) {
      if (before) this.#garbage.push(before.row)
      if (deleted) this.#garbage.push(row)
    }
  }

  async #forgetGarbage(): Promise<void> {
    const rows = this.#garbage
    this.#garbage = []
    await this.#log.forget(rows, this.#window.forgotten)
  }

  /** The past is the present with the newer changes taken back. */
  #listPast(prefix: string, { after = '', limit, revision }: { after?: string; limit: number; revision: number }): Entry[] {
    this.#mustRemember(revision)
    const past = new Map<string, Entry | undefined>()
    for (const change of this.#window.after(revision)) {
      if (change.key.startsWith(prefix) && !past.has(change.key)) past.set(change.key, change.before)
    }
    const now = this.list(prefix, { after }).filter((entry) => !past.has(entry.key))
    const then = [...past.values()].filter((entry) => entry !== undefined && entry.key > after) as Entry[]
    return [...now, ...then].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit)
  }

  #mustRemember(revision: number): void {
    if (revision >= this.#window.forgotten) return
    throw new StoreError('compacted', `revision ${revision} is compacted; the oldest one kept is ${this.#window.forgotten}`)
  }
}
