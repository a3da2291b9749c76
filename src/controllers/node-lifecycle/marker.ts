import { type Node, nodes } from '../../api/index.ts'
import { type Cache, type Client, type Recorder, whenSeen } from '../../client/index.ts'
import { type Clock, timestamp } from '../../lib/index.ts'
import { drivesOut, type Eviction, GRACE, lostConditions, wantedTaints } from './plan.ts'
import { isReady, paceOf, Turns, zoneOf } from './zones.ts'

export interface NodeMarkerOptions {
  readonly client: Client
  readonly cache: Cache<Node>
  readonly recorder: Recorder
  readonly clock: Clock
}

/** Writes on nodes what is the matter with them. */
export class NodeMarker {
  readonly #options: NodeMarkerOptions
  readonly #signal: AbortSignal
  readonly #turns = new Turns()

  constructor(options: NodeMarkerOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** Answers the node as it is then. `heard` is when it was last heard of, in milliseconds. Rejects when somebody else wrote. */
  async mark(node: Node, heard: number): Promise<Node> {
    const { client, cache, clock } = this.#options
    const now = timestamp(clock.now())
    const lost = clock.now() - heard > GRACE ? lostConditions(node, now) : undefined
    const known = lost ? await this.#markLost(node, lost) : node
    const taints = wantedTaints(known, this.#evictionOf(known), now)
    if (!taints) return known
    const body = { metadata: { resourceVersion: known.metadata.resourceVersion }, spec: { taints } }
    const tainted = await client.patch(nodes, { name: nameOf(known) }, { type: 'merge', body }, this.#signal)
    await whenSeen(cache, tainted)
    return tainted
  }

  async #markLost(node: Node, conditions: readonly unknown[]): Promise<Node> {
    const { client, cache, recorder } = this.#options
    recorder.event(node, 'Normal', 'NodeNotReady', `Node ${nameOf(node)} status is now: NodeNotReady`)
    const patch = { type: 'merge', subresource: 'status', body: { status: { conditions } } } as const
    const written = await client.patch(nodes, { name: nameOf(node) }, patch, this.#signal)
    await whenSeen(cache, written)
    return written
  }

  #evictionOf(node: Node): Eviction {
    const { cache, clock } = this.#options
    const { isBlind, gapIn } = paceOf(cache.list())
    if (isBlind) return 'never'
    if (isReady(node) || drivesOut(node)) return 'wait'
    return this.#turns.take(zoneOf(node), gapIn(zoneOf(node)), clock.now()) ? 'begin' : 'wait'
  }
}

const nameOf = ({ metadata }: Node): string => metadata.name ?? ''
