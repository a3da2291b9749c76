import { DURATIONS, Histogram } from '../observe/histogram.ts'
import type { AnswerCache } from './cache.ts'

/** What was asked of one server. */
export interface UpstreamFigures {
  /** `192.0.2.1:53`. */
  readonly to: string
  /** Times in seconds, by the code of the answer. */
  readonly byCode: ReadonlyMap<number, Histogram>
  /** How often it was silent. */
  readonly failures: number
}

export interface ForwarderFigures {
  readonly cache: Pick<AnswerCache, 'entries' | 'hits' | 'evictions' | 'requests' | 'misses' | 'prefetches'>
  /** Questions that too many others were before. */
  readonly rejects: number
  /** Questions for which no server was trusted. */
  readonly broken: number
  readonly upstreams: readonly UpstreamFigures[]
}

/** Counts what one server was asked. */
export class UpstreamCount implements UpstreamFigures {
  readonly to: string
  readonly byCode = new Map<number, Histogram>()
  failures = 0

  constructor(to: string) {
    this.to = to
  }

  answered(rcode: number, seconds: number): void {
    let times = this.byCode.get(rcode)
    if (!times) this.byCode.set(rcode, (times = new Histogram(DURATIONS)))
    times.observe(seconds)
  }
}
