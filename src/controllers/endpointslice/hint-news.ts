import type { AddressType } from '../service-pods.ts'

/** What is said of a Service in an Event. */
export interface News {
  readonly type: 'Normal' | 'Warning'
  readonly reason: 'TopologyAwareHintsEnabled' | 'TopologyAwareHintsDisabled'
  readonly message: string
}

/**
 * Remembers which Services have their endpoints divided among zones, so that it can be said when that begins, when it ends and why
 * it isn't so. Source: staging/src/k8s.io/endpointslice/topologycache.
 */
export class HintNews {
  readonly #divided = new Set<string>()
  readonly #reasons = new Map<string, string>()

  /** `undivided` says of each address family why its endpoints aren't divided; empty when the Service doesn't want them to be. */
  tell(key: string, undivided: ReadonlyMap<AddressType, string | undefined>): readonly News[] {
    if (undivided.size === 0) return this.#end(key)
    return [...undivided].flatMap(([addressType, reason]) => this.#say(key, addressType, reason))
  }

  /** The Service doesn't want it any more, or is gone. */
  forget(key: string): void {
    this.#end(key)
  }

  #end(key: string): readonly News[] {
    const wasDivided = this.#divided.delete(key)
    for (const id of this.#reasons.keys()) if (id.startsWith(`${key} `)) this.#reasons.delete(id)
    return wasDivided ? [disabled('Topology Aware Hints has been disabled')] : []
  }

  #say(key: string, addressType: AddressType, reason: string | undefined): readonly News[] {
    const id = `${key} ${addressType}`
    if (reason !== undefined) {
      this.#divided.delete(key)
      const isSaid = this.#reasons.get(id) === reason
      this.#reasons.set(id, reason)
      return isSaid ? [] : [disabled(`${reason}, addressType: ${addressType}`)]
    }
    this.#reasons.delete(id)
    if (this.#divided.has(key)) return []
    this.#divided.add(key)
    const message = `Topology Aware Hints has been enabled, addressType: ${addressType}`
    return [{ type: 'Normal', reason: 'TopologyAwareHintsEnabled', message }]
  }
}

const disabled = (message: string): News => ({ type: 'Warning', reason: 'TopologyAwareHintsDisabled', message })
