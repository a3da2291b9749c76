import type { DaemonSet } from '../../api/index.ts'
import { backoff } from '../../lib/index.ts'

/** Milliseconds. Source: pkg/controller/daemon NewDaemonSetsController. */
const RETRY = { base: 1_000, max: 15 * 60_000 }

interface Failure {
  readonly times: number
  readonly at: number
}

/**
 * How often Pods of DaemonSets failed on nodes, so that where they can't run they are replaced less and less often. A new
 * generation of the set starts anew, and so does what was quiet for twice the longest wait. Times are in milliseconds.
 */
export class Failures {
  readonly #failures = new Map<string, Failure>()

  /** How long a Pod that failed must stay; 0 or less when it may go now. */
  retryIn(set: DaemonSet, node: string, now: number): number {
    const last = this.#last(set, node, now)
    return last ? last.at + waitAfter(last) - now : 0
  }

  /** A Pod that failed goes. */
  count(set: DaemonSet, node: string, now: number): void {
    const times = (this.#last(set, node, now)?.times ?? 0) + 1
    this.#failures.set(keyOf(set, node), { times, at: now })
    for (const [key, { at }] of this.#failures) if (isForgotten(at, now)) this.#failures.delete(key)
  }

  #last(set: DaemonSet, node: string, now: number): Failure | undefined {
    const last = this.#failures.get(keyOf(set, node))
    return last && !isForgotten(last.at, now) ? last : undefined
  }
}

const waitAfter = ({ times }: Failure): number => backoff(times - 1, RETRY)
const isForgotten = (at: number, now: number): boolean => now - at > 2 * RETRY.max
const keyOf = ({ metadata, status }: DaemonSet, node: string): string =>
  [metadata.uid, status?.observedGeneration ?? 0, node].join('/')
