import type { UpstreamAnswer } from './upstream-answer.ts'

interface Kept {
  readonly answer: UpstreamAnswer
  /** Milliseconds since the epoch. */
  readonly since: number
}

export interface AnswerCacheOptions {
  readonly maxBytes: number
  /** Seconds: nothing is kept longer, whatever its TTL. */
  readonly maxAge: number
}

/** What an entry costs beside its bytes, about. */
const OVERHEAD = 300

/** Answers of others, until their TTL is over or newer ones need the room; those asked for least recently go first. */
export class AnswerCache {
  readonly #options: AnswerCacheOptions
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  constructor(options: AnswerCacheOptions) {
    this.#options = options
  }

  /** The answer and its age in whole seconds; undefined when there is none that may still be repeated. */
  get(key: string, now: number): { readonly answer: UpstreamAnswer; readonly age: number } | undefined {
    const kept = this.#kept.get(key)
    if (!kept) return undefined
    const age = Math.max(0, Math.floor((now - kept.since) / 1000))
    this.#kept.delete(key)
    if (age >= Math.min(kept.answer.lifetime, this.#options.maxAge)) {
      this.#bytes -= sizeOf(kept.answer)
      return undefined
    }
    this.#kept.set(key, kept)
    return { answer: kept.answer, age }
  }

  set(key: string, answer: UpstreamAnswer, now: number): void {
    if (answer.lifetime === 0) return
    this.#remove(key)
    this.#kept.set(key, { answer, since: now })
    this.#bytes += sizeOf(answer)
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break
      this.#remove(oldest)
    }
  }

  #remove(key: string): void {
    const kept = this.#kept.get(key)
    if (!kept) return
    this.#kept.delete(key)
    this.#bytes -= sizeOf(kept.answer)
  }
}

const sizeOf = ({ sections }: UpstreamAnswer): number => sections.bytes.length + OVERHEAD
