import type { Change, Listener } from './store.ts'

/** Who is told of what. The choice by prefix is made once for all who watch the same one. */
export class Watchers {
  readonly #byPrefix = new Map<string, Set<Listener>>()

  /** Returns the function that removes it. */
  add(prefix: string, listener: Listener): () => void {
    const listeners = this.#byPrefix.get(prefix) ?? new Set()
    this.#byPrefix.set(prefix, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#byPrefix.get(prefix) === listeners) this.#byPrefix.delete(prefix)
    }
  }

  tell(changes: readonly Change[]): void {
    for (const [prefix, listeners] of this.#byPrefix) {
      const theirs = changes.filter((change) => change.key.startsWith(prefix))
      if (theirs.length > 0) for (const listener of listeners) listener(theirs)
    }
  }
}
