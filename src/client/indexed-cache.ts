import { type KubeObject, keyOf, type Resource } from '../api/index.ts'
import type { Cache, CacheListener, IndexedBy } from './cache.ts'

interface Index<T> {
  readonly values: IndexedBy<T>
  readonly keys: Map<string, Set<string>>
}

/** An index of its own for every cache, the same for all who want it. */
export const byNamespace = ({ metadata }: KubeObject): string[] => [metadata.namespace ?? '']

interface Waiter<T> {
  readonly holds: (object: T | undefined) => boolean
  readonly resolve: () => void
}

/** The memory of a {@link Cache}: objects by key and by index. Whoever holds it decides when something changes. */
export class IndexedCache<T extends KubeObject> implements Cache<T> {
  readonly resource: Resource<T>
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<IndexedBy<T>, Index<T>>()
  readonly #listeners = new Set<CacheListener<T>>()
  readonly #waiters = new Map<string, Set<Waiter<T>>>()
  readonly #ready = Promise.withResolvers<void>()
  #synced = false
  #revision: string | undefined

  constructor(resource: Resource<T>) {
    this.resource = resource
    this.#ready.promise.catch(() => {}) // nobody may be waiting when the cache is stopped
  }

  get synced(): boolean {
    return this.#synced
  }

  get revision(): string | undefined {
    return this.#revision
  }

  /** To be told before what this revision brings, so that whoever is told of a change finds the revision that it is of. */
  seen(revision: string): void {
    this.#revision = revision
  }

  whenSynced(): Promise<void> {
    return this.#ready.promise
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): readonly T[] {
    return [...this.#objects.values()]
  }

  indexBy(values: IndexedBy<T>): (value: string) => readonly T[] {
    let index = this.#indexes.get(values)
    if (!index) {
      this.#indexes.set(values, (index = { values, keys: new Map() }))
      for (const [key, object] of this.#objects) enter(index, key, object)
    }
    const { keys } = index
    return (value) => [...(keys.get(value) ?? [])].map((key) => this.#objects.get(key)!)
  }

  onChange(listener: CacheListener<T>): () => void {
    this.#listeners.add(listener)
    for (const object of this.#objects.values()) listener(object, undefined)
    return () => this.#listeners.delete(listener)
  }

  /** The object as it is now. An older one than what is held, told late, is the caller's to sort out. */
  put(after: T): void {
    const key = keyOf(after)
    const before = this.#objects.get(key)
    if (before && before.metadata.resourceVersion === after.metadata.resourceVersion) return
    this.#objects.set(key, after)
    for (const index of this.#indexes.values()) {
      if (before) leave(index, key, before)
      enter(index, key, after)
    }
    this.#tell(key, after, before)
  }

  remove(key: string): void {
    const before = this.#objects.get(key)
    if (!before) return
    this.#objects.delete(key)
    for (const index of this.#indexes.values()) leave(index, key, before)
    this.#tell(key, undefined, before)
  }

  /** Makes the cache hold exactly `objects`, telling only what differs, and counts as synced from then on. */
  replace(objects: readonly T[]): void {
    const kept = new Set(objects.map(keyOf))
    for (const key of this.#objects.keys()) if (!kept.has(key)) this.remove(key)
    for (const object of objects) this.put(object)
    this.#synced = true
    this.#ready.resolve()
  }

  until(key: string, holds: (object: T | undefined) => boolean, signal: AbortSignal): Promise<void> {
    if (holds(this.#objects.get(key))) return Promise.resolve()
    if (signal.aborted) return Promise.reject(signal.reason)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter<T> = { holds, resolve }
    const waiters = this.#waiters.get(key) ?? new Set()
    this.#waiters.set(key, waiters.add(waiter))
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    return promise.finally(() => {
      signal.removeEventListener('abort', abort)
      waiters.delete(waiter)
      if (waiters.size === 0 && this.#waiters.get(key) === waiters) this.#waiters.delete(key)
    })
  }

  #tell(key: string, after: T | undefined, before: T | undefined): void {
    for (const listener of this.#listeners) listener(after, before)
    for (const waiter of this.#waiters.get(key) ?? []) if (waiter.holds(after)) waiter.resolve()
  }

  stop(reason: unknown): void {
    this.#ready.reject(reason)
  }
}

function enter<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value)
    if (keys) keys.add(key)
    else index.keys.set(value, new Set([key]))
  }
}

function leave<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value)
    keys?.delete(key)
    if (keys?.size === 0) index.keys.delete(value)
  }
}
