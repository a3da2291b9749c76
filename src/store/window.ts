import type { Change } from './store.ts'

export interface WindowLimits {
  readonly changes: number
  /** Of the values, in bytes. */
  readonly bytes: number
}

/** The newest changes: what a watcher who was away may catch up with. Bounded in number and in bytes. */
export class Window<T extends Change> {
  readonly #limits: WindowLimits
  #changes: T[] = []
  #first = 0
  #bytes = 0
  #forgotten: number

  /** `forgotten` is the revision up to which history is gone already. */
  constructor(limits: WindowLimits, forgotten: number) {
    this.#limits = limits
    this.#forgotten = forgotten
  }

  /** Changes up to this revision aren't here any more. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Adds the changes of one or more whole revisions, and returns those that had to leave for them. */
  push(changes: readonly T[]): T[] {
    for (const change of changes) {
      this.#changes.push(change)
      this.#bytes += change.value.length
    }
    const left: T[] = []
    while (this.#length > this.#limits.changes || (this.#bytes > this.#limits.bytes && this.#length > 1)) {
      left.push(...this.forget((this.#changes[this.#first] as T).revision))
    }
    return left
  }

  /** Drops everything up to and including `revision`, and returns it. */
  forget(revision: number): T[] {
    const from = this.#first
    while (this.#first < this.#changes.length && (this.#changes[this.#first] as T).revision <= revision) {
      this.#bytes -= (this.#changes[this.#first] as T).value.length
      this.#first++
    }
    const left = this.#changes.slice(from, this.#first)
    this.#forgotten = Math.max(this.#forgotten, revision)
    this.#shrink()
    return left
  }

  /** In order. `revision` must not be forgotten. */
  after(revision: number): T[] {
    let index = this.#changes.length
    while (index > this.#first && (this.#changes[index - 1] as T).revision > revision) index--
    return this.#changes.slice(index)
  }

  get #length(): number {
    return this.#changes.length - this.#first
  }

  /** Dropped changes stay in the array until they are half of it, so that dropping one costs nothing. */
  #shrink(): void {
    if (this.#first < 1024 && this.#first < this.#changes.length) return
    if (this.#first * 2 < this.#changes.length) return
    this.#changes = this.#changes.slice(this.#first)
    this.#first = 0
  }
}
