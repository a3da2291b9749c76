import { PortolanError } from '../../lib/index.ts'
import type { Store } from '../../store/index.ts'
import type { Random } from '../registry/core.ts'
import { addressAt, networkOf, parseRange, placeIn } from './range.ts'
import type { AddressRange, Family } from './range.ts'

/** Why an address can't be had, in upstream's words (`pkg/registry/core/service/ipallocator`). */
export class AddressError extends PortolanError {
  constructor(code: 'full' | 'allocated' | 'mismatched' | 'not-in-range', message: string) {
    super(code, message)
    this.name = 'AddressError'
  }
}

const CIDRS = '/networking.k8s.io/servicecidrs/'
/** An offset is drawn from at most so many addresses; more than enough to spread in the largest range. */
const DRAW = 1 << 30

export const addressKey = (address: string): string => `/networking.k8s.io/ipaddresses/${address}`

/**
 * The addresses of Services. An address is taken when there is an IPAddress object of its name, and there is no other
 * book: the object is written at the same revision as its Service, so neither is ever there without the other.
 */
export class Addresses {
  readonly #store: Store
  readonly #random: Random
  /** Those of the cluster, the default one first. */
  readonly families: readonly Family[]
  #ranges: readonly AddressRange[] | undefined

  /** `cidrs` say which families the cluster has; addresses come from the ServiceCIDR objects. */
  constructor(store: Store, random: Random, cidrs: readonly string[]) {
    this.families = [...new Set(cidrs.map((cidr) => parseRange(cidr).family))]
    this.#store = store
    this.#random = random
  }

  /** Reads the ranges again whenever a ServiceCIDR changes. Returns the function that ends it. */
  follow(): () => void {
    return this.#store.watch(CIDRS, this.#store.revision, () => (this.#ranges = undefined))
  }

  /** Throws an AddressError when the address is taken, or in no range. */
  mustBeFree(address: string): void {
    const range = this.#ready.find((candidate) => placeIn(candidate, address) !== 'outside')
    if (!range) throw new AddressError('mismatched', 'the provided network does not match the current range')
    if (placeIn(range, address) !== 'usable') {
      throw new AddressError(
        'not-in-range',
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range.cidr}`,
      )
    }
    if (this.#store.get(addressKey(address))) throw new AddressError('allocated', 'provided IP is already allocated')
  }

  /** An address that nobody has: from the upper band while there is one. Throws an AddressError when all are taken. */
  free(family: Family): string {
    for (const range of this.#ready) {
      if (range.family !== family) continue
      const found = this.#search(range, range.dynamic, range.size) ?? this.#search(range, 0n, range.dynamic)
      if (found) return found
    }
    throw new AddressError('full', 'range is full')
  }

  /** What a dry run shows instead of an address: it isn't worth a search. */
  example(family: Family): string {
    const range = this.#ready.find((candidate) => candidate.family === family)
    if (!range) throw new AddressError('full', 'range is full')
    return networkOf(range)
  }

  /** From a place drawn by lot, once around. */
  #search(range: AddressRange, from: bigint, to: bigint): string | undefined {
    const count = to - from
    if (count <= 0n) return undefined
    const start = BigInt(this.#random.below(Number(count < BigInt(DRAW) ? count : BigInt(DRAW))))
    for (let step = 0n; step < count; step++) {
      const address = addressAt(range, from + ((start + step) % count))
      if (!this.#store.get(addressKey(address))) return address
    }
    return undefined
  }

  get #ready(): readonly AddressRange[] {
    return (this.#ranges ??= this.#store.list(CIDRS).flatMap(({ value }) => rangesOf(JSON.parse(value.toString()) as CIDRObject)))
  }
}

interface CIDRObject {
  readonly metadata: { readonly deletionTimestamp?: string }
  readonly spec?: { readonly cidrs?: readonly string[] }
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** One that is going away, or says that it isn't ready, gives no addresses. */
function rangesOf({ metadata, spec, status }: CIDRObject): AddressRange[] {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (metadata.deletionTimestamp || (ready && ready.status !== 'True')) return []
  return (spec?.cidrs ?? []).map(parseRange)
}
