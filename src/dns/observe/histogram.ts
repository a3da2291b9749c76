/** How often values fell below each of some bounds (Prometheus' histogram), as plain numbers: counting costs nanoseconds. */
export class Histogram {
  /** Ascending. */
  readonly bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    let slot = 0
    while (slot < this.bounds.length && value > this.bounds[slot]!) slot++
    this.#counts[slot]!++
    this.#sum += value
  }

  get sum(): number {
    return this.#sum
  }

  /** How many values were at most each bound, and in the end how many there were. */
  cumulative(): number[] {
    let total = 0
    return Array.from(this.#counts, (count) => (total += count))
  }
}

/** Seconds: a quarter of a millisecond and fifteen times its double (CoreDNS, plugin/metrics/vars). */
export const DURATIONS: readonly number[] = Array.from({ length: 16 }, (_, power) => 0.00025 * 2 ** power)
/** Bytes (CoreDNS, plugin/metrics/vars). */
export const SIZES: readonly number[] = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3]
