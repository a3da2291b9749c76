import { PortolanError } from '../../lib/index.ts'
import type { Random } from '../registry/core.ts'

/** Why a port can't be had, in upstream's words (`pkg/registry/core/service/portallocator`). */
export class PortError extends PortolanError {
  constructor(code: 'full' | 'allocated' | 'not-in-range', message: string) {
    super(code, message)
    this.name = 'PortError'
  }
}

/** Both ends are part of it. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

const STEP = 32
const SMALLEST_BAND = 16
const LARGEST_BAND = 128

/** How many ports at the start of a range are taken only by wish, or when there are no others (KEP-3668). */
export function staticBand({ from, to }: PortRange): number {
  const size = to - from + 1
  if (size <= SMALLEST_BAND) return 0
  return Math.min(Math.max(Math.floor(size / STEP), SMALLEST_BAND), LARGEST_BAND)
}

/**
 * The ports that Services have on every node. A number is taken whatever its protocol, as upstream's; one Service may
 * have it with several protocols. The book is rebuilt from the Services when the server starts.
 */
export class NodePorts {
  readonly range: PortRange
  readonly #random: Random
  readonly #taken = new Set<number>()

  constructor(range: PortRange, random: Random) {
    this.range = range
    this.#random = random
  }

  /** Ports that are known to be in use; those out of range are nobody's business. */
  restore(ports: readonly number[]): void {
    for (const port of ports) this.#taken.add(port)
  }

  has(port: number): boolean {
    return this.#taken.has(port)
  }

  begin(dryRun: boolean): PortOperation {
    return new PortOperation(this, dryRun)
  }

  /** Throws a PortError. */
  take(port: number): void {
    this.mustBeFree(port)
    this.#taken.add(port)
  }

  /** Throws a PortError. */
  mustBeFree(port: number): void {
    const { from, to } = this.range
    if (port < from || port > to) {
      throw new PortError('not-in-range', `provided port is not in the valid range. The range of valid ports is ${from}-${to}`)
    }
    if (this.#taken.has(port)) throw new PortError('allocated', 'provided port is already allocated')
  }

  /** From the upper band while there is one. Throws a PortError when all are taken. */
  takeAny(): number {
    const { from, to } = this.range
    const dynamic = from + staticBand(this.range)
    const port = this.#search(dynamic, to) ?? this.#search(from, dynamic - 1)
    if (port === undefined) throw new PortError('full', 'range is full')
    this.#taken.add(port)
    return port
  }

  release(port: number): void {
    this.#taken.delete(port)
  }

  #search(from: number, to: number): number | undefined {
    const count = to - from + 1
    if (count <= 0) return undefined
    const start = this.#random.below(count)
    for (let step = 0; step < count; step++) {
      const port = from + ((start + step) % count)
      if (!this.#taken.has(port)) return port
    }
    return undefined
  }
}

/** What one write takes and gives back: taken at once, given back only when the write is durable. */
export class PortOperation {
  readonly #ports: NodePorts
  readonly #dryRun: boolean
  readonly #taken: number[] = []
  readonly #released: number[] = []

  constructor(ports: NodePorts, dryRun: boolean) {
    this.#ports = ports
    this.#dryRun = dryRun
  }

  /** Throws a PortError. */
  take(port: number): void {
    if (this.#dryRun) {
      if (this.#ports.has(port) || this.#taken.includes(port))
        throw new PortError('allocated', 'provided port is already allocated')
    } else this.#ports.take(port)
    this.#taken.push(port)
  }

  /** Throws a PortError. A dry run gets a number above all that could be, for it isn't worth a search. */
  takeAny(): number {
    const port = this.#dryRun ? Math.max(this.#ports.range.to + 1, ...this.#taken) + 1 : this.#ports.takeAny()
    this.#taken.push(port)
    return port
  }

  /** Gives back when the write is durable. */
  release(port: number): void {
    this.#released.push(port)
  }

  commit(): void {
    for (const port of this.#released) this.#ports.release(port)
  }

  revert(): void {
    if (!this.#dryRun) for (const port of this.#taken) this.#ports.release(port)
  }
}
