import type { EndpointSlice, Service } from '../../api/index.ts'
import { frontendsOf, type NodeContext } from '../services/frontends.ts'
import { frontendKey, targetText } from '../plan.ts'

/** Where what the kernel remembers of one frontend may lead. */
export interface Reach {
  /** As the maps have it: `10.96.0.10 . udp . 53`, `udp . 30053`. */
  readonly frontend: string
  /** For clients with affinity: the endpoints of new connections. Undefined without affinity. */
  readonly kept: ReadonlySet<string> | undefined
  /** Whether clients outside may only be kept at endpoints of this node. */
  readonly local: boolean
  /** For flows without connections: every endpoint that still serves. Undefined for TCP, whose connections end by themselves. */
  readonly flows: ReadonlySet<string> | undefined
}

/** The frontends of a Service of which the kernel remembers something that can become wrong. */
export function reachesOf(service: Service, slices: readonly EndpointSlice[], context: NodeContext): readonly Reach[] {
  const reaches = frontendsOf(service, slices, context).map((frontend) => ({
    frontend: frontendKey(frontend),
    local: frontend.own !== undefined,
    kept: frontend.affinity === undefined ? undefined : new Set([...frontend.targets, ...(frontend.own ?? [])].map(targetText)),
    flows: frontend.protocol === 'tcp' ? undefined : new Set(frontend.serving.map(targetText)),
  }))
  return reaches.filter(({ kept, flows }) => kept || flows)
}

/** What must be looked through, and by what it is judged. */
export interface Inspection {
  readonly reach: (frontend: string) => Reach | undefined
  /** Frontends whose clients may be kept at an endpoint that they must leave. */
  readonly clients: Frontends
  /** Of these, the ones whose policy has changed: who was kept by the other policy must choose anew, wherever that was. */
  readonly moved: ReadonlySet<string>
  /** Frontends whose flows may go where nobody serves any more. */
  readonly flows: Frontends
}

export type Frontends = ReadonlySet<string> | 'all'

/** The reaches of all Services, and which frontends have to be inspected since the last time somebody asked. */
export class Reaches {
  readonly #owned = new Map<string, readonly Reach[]>()
  readonly #reaches = new Map<string, Reach>()
  #clients: Set<string> | 'all' = 'all'
  #moved = new Set<string>()
  #flows: Set<string> | 'all' = 'all'

  /** From now on these are the reaches of the Service `owner`. */
  set(owner: string, reaches: readonly Reach[]): void {
    const before = this.#owned.get(owner) ?? []
    for (const { frontend } of before) this.#reaches.delete(frontend)
    for (const reach of reaches) this.#reaches.set(reach.frontend, reach)
    if (reaches.length > 0) this.#owned.set(owner, reaches)
    else this.#owned.delete(owner)
    for (const reach of before) this.#compare(reach.frontend, reach, this.#reaches.get(reach.frontend))
    for (const reach of reaches)
      if (!before.some(({ frontend }) => frontend === reach.frontend)) this.#compare(reach.frontend, undefined, reach)
  }

  /** The first time everything, because nobody knows what came before. Undefined where there is nothing to do. */
  takeInspection(): Inspection | undefined {
    const [clients, moved, flows] = [this.#clients, this.#moved, this.#flows]
    this.#clients = new Set()
    this.#moved = new Set()
    this.#flows = new Set()
    const idle = clients !== 'all' && clients.size === 0 && flows !== 'all' && flows.size === 0
    return idle ? undefined : { clients, moved, flows, reach: (frontend) => this.#reaches.get(frontend) }
  }

  /** After an inspection that failed: everything has to be inspected. */
  inspectAll(): void {
    this.#clients = 'all'
    this.#flows = 'all'
  }

  #compare(frontend: string, before: Reach | undefined, after: Reach | undefined): void {
    const moved = before?.kept !== undefined && before.local !== after?.local
    if (moved) this.#moved.add(frontend)
    if (this.#clients !== 'all' && (moved || lost(before?.kept, after?.kept))) this.#clients.add(frontend)
    const first = (before?.flows?.size ?? 0) === 0 && (after?.flows?.size ?? 0) > 0
    if (this.#flows !== 'all' && (first || lost(before?.flows, after?.flows))) this.#flows.add(frontend)
  }
}

const lost = (before: ReadonlySet<string> = new Set(), after: ReadonlySet<string> = new Set()): boolean =>
  !before.isSubsetOf(after)
