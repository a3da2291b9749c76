import type { KubeObject, Resource } from '../api/index.ts'
import type { ListOptions } from './client.ts'

/**
 * What the server has of one resource, kept up to date by a list and a watch (client-go's shared informer).
 *
 * Guarantees: objects are never changed in place, so a reference is a snapshot; a listener is told after the object is
 * readable; every object that exists when the cache has synced has been told as added; after a lost watch the
 * difference is told, never the whole again.
 */
export interface Cache<T extends KubeObject> {
  readonly resource: Resource<T>
  /** True once the first list has arrived. */
  readonly synced: boolean
  /** The server's revision up to which everything has been seen; undefined before {@link synced}. */
  readonly revision: string | undefined
  /** Resolves when {@link synced} turns true; rejects when the cache is stopped before. */
  whenSynced(): Promise<void>
  /** `namespace/name`, or `name`; undefined when there is none. */
  get(key: string): T | undefined
  /** In no particular order; empty when there are none. */
  list(): readonly T[]
  /**
   * Keeps an index of the objects by what `values` says of them, and answers what finds the objects of one value: empty when
   * there are none. Whoever gives the same function gets the same index.
   */
  indexBy(values: IndexedBy<T>): (value: string) => readonly T[]
  /** Adds a listener; it is told of what is there already as added. Returns the function that removes it. */
  onChange(listener: CacheListener<T>): () => void
  /**
   * Resolves when `holds` is true of the object with this key, or of undefined where there is none; at once where it is so
   * already. Rejects with the signal's reason when that aborts first.
   */
  until(key: string, holds: (object: T | undefined) => boolean, signal: AbortSignal): Promise<void>
}

/** Under which values an object is found; under none when empty. */
export type IndexedBy<T> = (object: T) => readonly string[]

/** `before` is undefined for an added object, `after` for a deleted one. Must not throw. */
export type CacheListener<T> = (after: T | undefined, before: T | undefined) => void

/** Caches of one process: whoever asks for the same resource with the same selectors gets the same cache. */
export interface Caches {
  of<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Cache<T>
  /** Resolves when every cache handed out so far has synced. */
  whenSynced(): Promise<void>
}
