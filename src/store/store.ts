/** A key, its bytes, and the revision that wrote them. */
export interface Entry {
  readonly key: string
  readonly value: Buffer
  readonly revision: number
}

/** One key of a write. Without `value` the key is deleted. */
export interface Operation {
  readonly key: string
  /** The revision that the writer has seen; 0 means that the key must not exist. The write fails when it is another. */
  readonly expected: number
  /**
   * Makes the bytes once the revision is known, since the revision is part of an object. Called exactly once, before
   * anything else is accepted; when it throws, nothing was written.
   */
  readonly value?: (revision: number) => Buffer
  /** For a deletion: the last words of the object, for whoever watches. The bytes before it when left out. */
  readonly tombstone?: (revision: number) => Buffer
}

/** What a write did to one key. The same object goes to every watcher, so work on it can be remembered on it. */
export interface Change {
  readonly key: string
  readonly revision: number
  readonly deleted: boolean
  /** The bytes now; of a deleted key, its tombstone. */
  readonly value: Buffer
  /** What was there before; undefined when the key is new. */
  readonly before: Entry | undefined
}

export interface ListSpan {
  /** Only keys greater than this one. */
  readonly after?: string
  /** At most so many; all when left out. */
  readonly limit?: number
  /** The state as it was at this revision; now when left out. Throws `compacted` when its history is forgotten. */
  readonly revision?: number
}

/** Told of changes in the order of their revisions, never twice, never late. Must not throw. */
export type Listener = (changes: readonly Change[]) => void

/**
 * Revisioned keys, as etcd has them, over opaque bytes.
 *
 * Guarantees: a write is acknowledged, and visible to readers and watchers, only after it is durable; all its keys
 * change at one revision or none does; revisions only grow, across restarts and crashes too; reads are of the newest
 * acknowledged state and hand out the writer's own bytes, which nobody may change.
 */
export interface Store {
  /** The newest revision that readers see; 0 in a store that was never written. */
  readonly revision: number
  /** Changes up to this revision can't be watched any more. */
  readonly compactedRevision: number
  get(key: string): Entry | undefined
  /** Sorted by key; empty when nothing has the prefix. */
  list(prefix: string, span?: ListSpan): Entry[]
  /** How many keys have the prefix and are greater than `after`. */
  count(prefix: string, after?: string): number
  /**
   * All of it, or nothing. Resolves with the revision. Rejects with a StoreError: `conflict` when a key isn't at its
   * expected revision (then, what it lost against is readable), `full` or `unavailable` when it can't be made durable.
   */
  write(operations: readonly Operation[]): Promise<number>
  /**
   * Calls `listener` for each change after revision `after` of a key with the prefix: those of the past before this
   * returns. Returns the function that ends it. Throws `compacted` when `after` is older than the history.
   */
  watch(prefix: string, after: number, listener: Listener): () => void
  /** Forgets the history up to and including `revision`. The current state stays. */
  compact(revision: number): Promise<void>
  /** Waits for what was accepted to be durable. Writes after it are refused. */
  close(): Promise<void>
}
