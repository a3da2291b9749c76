import type { QueryEvent } from '../respond.ts'

export interface SearchHint {
  readonly client: string
  /** What the program wanted to know. */
  readonly name: string
  /** How many questions that took. */
  readonly lookups: number
  readonly text: string
}

type Asked = Pick<QueryEvent, 'client' | 'name' | 'type' | 'rcode'>

interface Miss {
  readonly name: string
  readonly at: number
}

/** Questions that belong together follow each other this closely. Milliseconds. */
const TOGETHER = 5_000
/** A name is hinted at once in this time. Milliseconds. */
const QUIET = 60_000
/** Of each client, that many misses are remembered, and of that many clients. */
const MAX_MISSES = 24
const MAX_CLIENTS = 1_000
/** From this many questions on it is worth a word: one name, one type. */
const WORTH = 3

/**
 * Sees a client walk along its search path: `www.example.default.svc.cluster.local`, `www.example.svc.cluster.local`,
 * `www.example.cluster.local`, and at last `www.example`. With `ndots:5`, which every Pod has, each name with fewer than
 * five dots goes that way.
 */
export class SearchWatch {
  readonly #zone: string
  readonly #misses = new Map<string, Miss[]>()
  readonly #hinted = new Map<string, number>()

  constructor(zone: string) {
    this.#zone = zone
  }

  /** The hint that an answer gives reason for: it ends a walk. `now` is in milliseconds. */
  see({ client, name, type, rcode }: Asked, now: number): SearchHint | undefined {
    const key = `${client} ${type}`
    const misses = (this.#misses.get(key) ?? []).filter(({ at }) => now - at < TOGETHER)
    if (rcode === 'NXDOMAIN' && isWithin(name, this.#zone)) this.#remember(key, [...misses, { name, at: now }])
    else return this.#ended({ client, name, misses, now })
    return undefined
  }

  #ended({ client, name, misses, now }: { client: string; name: string; misses: readonly Miss[]; now: number }) {
    const [base, lookups] = this.#longestWalk(name, misses)
    if (lookups < WORTH || now - (this.#hinted.get(`${client} ${base}`) ?? -Infinity) < QUIET) return undefined
    remember(this.#hinted, `${client} ${base}`, now)
    const instead = base === name ? `${base}. with a final dot` : `${name}. with a final dot`
    const text = `${lookups} lookups for 1 name: ${base} was tried along the search path; ask for ${instead}, or give the Pod a lower ndots in its dnsConfig`
    return { client, name: base, lookups, text }
  }

  /** The name that, with different suffixes, explains the most misses; this question itself counts too. */
  #longestWalk(name: string, misses: readonly Miss[]): readonly [base: string, lookups: number] {
    const walks = this.#bases(name).map((base) => {
      const tried = new Set(
        misses.filter((miss) => miss.name !== name && this.#bases(miss.name).includes(base)).map((miss) => miss.name),
      )
      return [base, tried.size === 0 ? 0 : tried.size + 1] as const
    })
    return walks.reduce((longest, walk) => (walk[1] > longest[1] ? walk : longest), ['', 0] as const)
  }

  /** What a name may have been before its search suffix was put behind it; it itself among them. */
  #bases(name: string): string[] {
    const labels = name.split('.')
    const depth = this.#zone.split('.').length
    if (!isWithin(name, this.#zone)) return [name]
    const cuts = [0, depth, ...(labels.at(-depth - 1) === 'svc' ? [depth + 1, depth + 2] : [])]
    return cuts.filter((cut) => cut < labels.length).map((cut) => labels.slice(0, labels.length - cut).join('.'))
  }

  #remember(key: string, misses: readonly Miss[]): void {
    remember(this.#misses, key, misses.slice(-MAX_MISSES))
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > MAX_CLIENTS) for (const oldest of map.keys()) return void map.delete(oldest)
}

const isWithin = (name: string, zone: string): boolean => name === zone || name.endsWith(`.${zone}`)
