import { type Node, type Pod, pods, type Taint } from '../../api/index.ts'
import { type Client, isConflict, isNotFound, type Recorder } from '../../client/index.ts'
import { type Clock, timestamp } from '../../lib/index.ts'
import { evictedConditions, leaveAt, unreadyConditions } from './plan.ts'

export interface EvictorOptions {
  readonly client: Client
  readonly recorder: Recorder
  readonly clock: Clock
}

/** What becomes of Pods when something is the matter with their node. */
export class Evictor {
  readonly #client: Client
  readonly #recorder: Recorder
  readonly #clock: Clock
  readonly #signal: AbortSignal
  /** When taints were first seen, by node: kubectl's don't say. */
  readonly #seen = new Map<string, { readonly node: Node; readonly times: ReadonlyMap<string, number> }>()

  constructor({ client, recorder, clock }: EvictorOptions, signal: AbortSignal) {
    this.#client = client
    this.#recorder = recorder
    this.#clock = clock
    this.#signal = signal
  }

  /** Nobody knows whether a Pod of a silent node can take traffic. */
  async markUnready(pod: Pod): Promise<void> {
    const conditions = unreadyConditions(pod, timestamp(this.#clock.now()))
    if (!conditions) return
    this.#recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready')
    await this.#setConditions(pod, conditions)
  }

  /** Deletes a Pod that doesn't tolerate a taint of its node, or no longer. Answers in how many milliseconds, where not yet. */
  async evict(pod: Pod, node: Node): Promise<number | undefined> {
    const at = leaveAt(pod, node, (taint) => this.#seenAt(node, taint))
    if (at === undefined || pod.metadata.deletionTimestamp) return undefined
    const wait = at - this.#clock.now()
    if (wait > 0) return wait
    const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`
    this.#recorder.event(pod, 'Normal', 'TaintManagerEviction', message)
    await this.#setConditions(pod, evictedConditions(pod, timestamp(this.#clock.now())))
    const { uid } = pod.metadata
    await this.#client.delete(pods, nameOf(pod), { preconditions: { uid } }, this.#signal).catch(ignoreGone)
    return undefined
  }

  async #setConditions(pod: Pod, conditions: readonly unknown[]): Promise<void> {
    const patch = { type: 'merge', subresource: 'status', body: { status: { conditions } } } as const
    await this.#client.patch(pods, nameOf(pod), patch, this.#signal).catch(ignoreGone)
  }

  /** A taint that comes back counts anew. */
  #seenAt(node: Node, taint: Taint): number {
    const { name = '' } = node.metadata
    const before = this.#seen.get(name)
    if (before?.node !== node) {
      const now = this.#clock.now()
      const times = (node.spec?.taints ?? []).map(keyOf).map((key) => [key, before?.times.get(key) ?? now] as const)
      this.#seen.set(name, { node, times: new Map(times) })
    }
    return this.#seen.get(name)?.times.get(keyOf(taint)) ?? this.#clock.now()
  }
}

const keyOf = ({ key, value = '', effect }: Taint): string => [key, value, effect].join('/')
const nameOf = ({ metadata }: Pod) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}
