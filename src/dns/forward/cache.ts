import { RCODE } from '../../wire/index.ts'
import type { UpstreamAnswer } from './upstream-answer.ts'

/** Which answers are asked for anew before they run out, so that nobody waits for them (CoreDNS, plugin/cache). */
export interface Prefetch {
  /** After so many questions… */
  readonly amount: number
  /** … with never more than this between two of them, in seconds, … */
  readonly gap: number
  /** … when this share of the lifetime is left, and at the latest a second before its end. */
  readonly share: number
}

export interface AnswerCacheOptions {
  readonly maxBytes: number
  /** Seconds: nothing is kept longer, whatever its TTL; that a name does not exist, no longer than `maxDenialAge`. */
  readonly maxAge: number
  readonly maxDenialAge: number
  readonly prefetch?: Prefetch
}

export interface Known {
  readonly answer: UpstreamAnswer
  /** Seconds, whole ones. */
  readonly age: number
  /** Whether it is time to ask for it anew. True once for each answer. */
  readonly refresh: boolean
}

interface Kept {
  readonly answer: UpstreamAnswer
  /** Milliseconds since the epoch. */
  readonly since: number
  /** How often it was asked for without a long gap, and when last. */
  hits: number
  last: number
  refreshing: boolean
}

/** What an entry costs beside its bytes, about. */
const OVERHEAD = 300

type Kind = 'success' | 'denial'

/** Answers of others, until their TTL is over or newer ones need the room; those asked for least recently go first. */
export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #kept = new Map<string, Kept>()
  readonly hits: Record<Kind, number> = { success: 0, denial: 0 }
  readonly evictions: Record<Kind, number> = { success: 0, denial: 0 }
  misses = 0
  prefetches = 0
  #bytes = 0

  constructor(options: AnswerCacheOptions) {
    this.#options = options
  }

  get requests(): number {
    return this.misses + this.hits.success + this.hits.denial
  }

  /** How many answers there are, fresh or not yet cleared away. */
  entries(): Record<Kind, number> {
    const denial = this.#kept.values().reduce((sum, { answer }) => sum + (kindOf(answer) === 'denial' ? 1 : 0), 0)
    return { success: this.#kept.size - denial, denial }
  }

  /** undefined when there is none that may still be repeated. */
  get(key: string, now: number): Known | undefined {
    const kept = this.#kept.get(key)
    const age = kept ? Math.max(0, Math.floor((now - kept.since) / 1000)) : 0
    if (!kept || age >= this.#lifetimeOf(kept.answer)) {
      this.#remove(key)
      this.misses++
      return undefined
    }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    this.hits[kindOf(kept.answer)]++
    return { answer: kept.answer, age, refresh: this.#isTimeFor(kept, now) }
  }

  set(key: string, answer: UpstreamAnswer, now: number): void {
    if (answer.lifetime === 0) return
    const before = this.#kept.get(key)
    this.#remove(key)
    this.#kept.set(key, { answer, since: now, hits: before?.hits ?? 0, last: before?.last ?? now, refreshing: false })
    this.#bytes += sizeOf(answer)
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= this.#options.maxBytes) break
      this.#remove(oldest)
      this.evictions[kindOf(kept.answer)]++
    }
  }

  #isTimeFor(kept: Kept, now: number): boolean {
    const { prefetch } = this.#options
    if (!prefetch) return false
    kept.hits = now - kept.last < prefetch.gap * 1000 ? kept.hits + 1 : 1
    kept.last = now
    const lifetime = this.#lifetimeOf(kept.answer)
    const left = lifetime - (now - kept.since) / 1000
    if (kept.refreshing || kept.hits < prefetch.amount || left > Math.max(1, lifetime * prefetch.share)) return false
    kept.refreshing = true
    this.prefetches++
    return true
  }

  #lifetimeOf(answer: UpstreamAnswer): number {
    const { maxAge, maxDenialAge } = this.#options
    return Math.min(answer.lifetime, kindOf(answer) === 'denial' ? maxDenialAge : maxAge)
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key)
    if (!kept) return
    this.#kept.delete(key)
    this.#bytes -= sizeOf(kept.answer)
  }
}

const sizeOf = ({ sections }: UpstreamAnswer): number => sections.bytes.length + OVERHEAD

/** That a name, or a record of it, does not exist is told apart from what does (RFC 2308). */
const kindOf = ({ rcode, sections }: UpstreamAnswer): Kind =>
  rcode === RCODE.NXDOMAIN || sections.answers === 0 ? 'denial' : 'success'
