import type { EndpointSlice } from '../../api/index.ts'
import { millisOf } from '../../lib/index.ts'

/** When the Pods or the Service behind a slice changed, as its controller says (KEP: network programming latency). */
const ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time'

/** When what is not in the kernel yet had changed in the cluster. */
export class Triggers {
  #times: number[] = []

  note(after: EndpointSlice | undefined, before: EndpointSlice | undefined): void {
    const text = after?.metadata.annotations?.[ANNOTATION]
    if (text === undefined || text === before?.metadata.annotations?.[ANNOTATION]) return
    const time = millisOf(text)
    if (!Number.isNaN(time)) this.#times.push(time)
  }

  /** Gives `sync` the times, and keeps them when it fails: what is tried again has waited longer. */
  async during<Result>(sync: (times: readonly number[]) => Promise<Result>): Promise<Result> {
    const times = this.#times
    this.#times = []
    try {
      return await sync(times)
    } catch (error) {
      this.#times.unshift(...times)
      throw error
    }
  }
}
