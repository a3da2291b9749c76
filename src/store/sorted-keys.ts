const FULL = 512

/** The first index of `sorted` for which `before` is false, by halving. */
function partition<T>(sorted: readonly T[], before: (item: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (before(sorted[middle] as T)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * A set of keys in order. Kept as runs of at most 512, so that adding one key to a hundred thousand moves a few hundred
 * pointers and not all of them.
 */
export class SortedKeys {
  #runs: string[][] = []

  add(key: string): void {
    const at = Math.max(0, partition(this.#runs, (run) => (run[0] as string) <= key) - 1)
    const run = this.#runs[at]
    if (!run) return void this.#runs.push([key])
    const index = partition(run, (item) => item < key)
    if (run[index] === key) return
    run.splice(index, 0, key)
    if (run.length > FULL) this.#runs.splice(at + 1, 0, run.splice(FULL / 2))
  }

  delete(key: string): void {
    const at = partition(this.#runs, (run) => (run[0] as string) <= key) - 1
    const run = this.#runs[at]
    if (!run) return
    const index = partition(run, (item) => item < key)
    if (run[index] !== key) return
    run.splice(index, 1)
    if (run.length === 0) this.#runs.splice(at, 1)
  }

  /** The keys that begin with `prefix` and are greater than `after`, in order. */
  *range(prefix: string, after = ''): Generator<string> {
    const inclusive = after < prefix
    const start = inclusive ? prefix : after
    const first = Math.max(0, partition(this.#runs, (run) => (run[0] as string) <= start) - 1)
    for (let at = first; at < this.#runs.length; at++) {
      const run = this.#runs[at] as string[]
      const from = at === first ? partition(run, (item) => (inclusive ? item < start : item <= start)) : 0
      for (let index = from; index < run.length; index++) {
        const key = run[index] as string
        if (!key.startsWith(prefix)) return
        yield key
      }
    }
  }
}
