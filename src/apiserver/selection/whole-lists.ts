import type { Entry, Store } from '../../store/index.ts'

/** Lists of fewer bytes are put together faster than they are found. */
const SMALLEST = 64 * 1024
/** All that is kept, in bytes. */
const LIMIT = 16 * 1024 * 1024

const COMMA = Buffer.from(',')

interface Kept {
  readonly bytes: Buffer
  readonly forget: () => void
}

/**
 * The objects below a prefix as one text with commas between them, kept until one of them changes: when many clients
 * come back at once, they all list the same. A new text of megabytes for each of them would also be found by the garbage
 * collector, which then looks at everything in the store.
 */
export class WholeLists {
  readonly #store: Store
  readonly #kept = new Map<string, Kept>()
  #size = 0

  constructor(store: Store) {
    this.#store = store
  }

  of(prefix: string): Buffer {
    const known = this.#kept.get(prefix)
    if (known) return known.bytes
    const bytes = joined(this.#store.list(prefix))
    if (bytes.length >= SMALLEST && bytes.length <= LIMIT) this.#keep(prefix, bytes)
    return bytes
  }

  stop(): void {
    for (const { forget } of this.#kept.values()) forget()
  }

  #keep(prefix: string, bytes: Buffer): void {
    const unwatch = this.#store.watch(prefix, this.#store.revision, () => forget())
    const forget = (): void => {
      unwatch()
      this.#kept.delete(prefix)
      this.#size -= bytes.length
    }
    this.#kept.set(prefix, { bytes, forget })
    this.#size += bytes.length
    for (const oldest of this.#kept.values()) if (this.#size > LIMIT) oldest.forget()
  }
}

export function joined(entries: readonly Entry[]): Buffer {
  return Buffer.concat(entries.flatMap(({ value }, index) => (index === 0 ? [value] : [COMMA, value])))
}
