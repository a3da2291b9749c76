/** A metric's fixed part, as Prometheus shows it. */
export interface Definition {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds, of histograms. */
  readonly buckets: readonly number[]
}

type Labels = Readonly<Record<string, string>>

interface Observed {
  readonly labels: Labels
  /** Of a histogram: how many were at most each bound, and above the last. */
  readonly counts: number[]
  value: number
}

/** One figure as prom-client prints it. */
export interface Sample {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** What has been counted, plainly: putting it into Prometheus' words waits until somebody asks. */
export class Figures<Name extends string> {
  readonly #definitions: Readonly<Record<Name, Definition>>
  readonly #observed = new Map<Name, Map<string, Observed>>()

  constructor(definitions: Readonly<Record<Name, Definition>>) {
    this.#definitions = definitions
  }

  add(name: Name, labels: Labels = {}, by = 1): void {
    this.#of(name, labels).value += by
  }

  set(name: Name, labels: Labels, value: number): void {
    this.#of(name, labels).value = value
  }

  observe(name: Name, labels: Labels, value: number): void {
    const observed = this.#of(name, labels)
    const { buckets } = this.#definitions[name]
    const at = buckets.findIndex((bound) => value <= bound)
    const index = at < 0 ? buckets.length : at
    observed.counts[index]!++
    observed.value += value
  }

  /** Every figure of a metric; 0 for one without labels that was never counted. */
  samples(name: Name): readonly Sample[] {
    const { type, labels, buckets } = this.#definitions[name]
    if (labels.length === 0) this.#of(name, {})
    const all = [...(this.#observed.get(name)?.values() ?? [])]
    if (type !== 'histogram') return all.map(({ labels, value }) => ({ metricName: name, labels, value }))
    return all.flatMap(({ labels, counts, value }) => {
      const upTo = (index: number): number => counts.slice(0, index + 1).reduce((sum, count) => sum + count, 0)
      return [
        ...buckets.map((le, i) => ({ metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo(i) })),
        { metricName: `${name}_bucket`, labels: { le: '+Inf', ...labels }, value: upTo(buckets.length) },
        { metricName: `${name}_sum`, labels, value },
        { metricName: `${name}_count`, labels, value: upTo(buckets.length) },
      ]
    })
  }

  #of(name: Name, labels: Labels): Observed {
    let all = this.#observed.get(name)
    if (!all) this.#observed.set(name, (all = new Map()))
    const key = JSON.stringify(labels)
    let one = all.get(key)
    // Filled, because an array with holes is another kind of array in reduce.
    if (!one)
      all.set(key, (one = { labels, counts: Array<number>(this.#definitions[name].buckets.length + 1).fill(0), value: 0 }))
    return one
  }
}
