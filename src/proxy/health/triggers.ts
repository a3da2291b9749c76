import type { EndpointSlice } from '../../api/index.ts'
import { millisOf } from '../../lib/index.ts'
import type { Family } from '../table/names.ts'

/** When the Pods or the Service behind a slice changed, as its controller says (KEP: network programming latency). */
const ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time'

export interface Trigger {
  readonly family: Family
  /** Milliseconds since the epoch. */
  readonly time: number
}

/** When what is not in the kernel yet had changed in the cluster. What was there before the proxy says nothing about it. */
export class Triggers {
  #waiting: Trigger[] = []
  readonly #since: number

  /** `since` is when the proxy started, in milliseconds since the epoch. */
  constructor(since: number) {
    this.#since = since
  }

  note(after: EndpointSlice | undefined, before: EndpointSlice | undefined): void {
    const text = after?.metadata.annotations?.[ANNOTATION]
    if (text === undefined || text === before?.metadata.annotations?.[ANNOTATION]) return
    const time = millisOf(text)
    if (time >= this.#since) this.#waiting.push({ family: after!.addressType === 'IPv6' ? 'ip6' : 'ip', time })
  }

  /** Gives `sync` the triggers, and keeps them when it fails: what is tried again has waited longer. */
  async during<Result>(sync: (triggers: readonly Trigger[]) => Promise<Result>): Promise<Result> {
    const triggers = this.#waiting
    this.#waiting = []
    try {
      return await sync(triggers)
    } catch (error) {
      this.#waiting = [...triggers, ...this.#waiting]
      throw error
    }
  }
}
