import { isStoreError } from '../../store/index.ts'
import type { Change } from '../../store/index.ts'
import type { Kind } from '../api.ts'
import { expired } from '../http/status-error.ts'
import type { Representation } from '../http/representation.ts'
import type { Core } from '../registry/core.ts'
import { storePrefix } from '../registry/location.ts'
import { selectedEntries } from '../selection/selected.ts'
import type { Selection } from '../selection/selection.ts'
import { frame, frameOf, objectAfter, objectBefore } from './frames.ts'
import type { EventType } from './frames.ts'
import { Outbox } from './outbox.ts'

export interface WatchOptions {
  readonly kind: Kind
  readonly namespace: string
  /** Undefined selects everything. */
  readonly selection?: Selection
  readonly view: Representation
  /** Events after this revision; undefined for all that exists as ADDED first, and then what comes. */
  readonly after: number | undefined
  readonly bookmarks: boolean
  /** Tells by a bookmark when everything that existed has been sent: `sendInitialEvents=true`. */
  readonly markInitialEnd: boolean
  /** Milliseconds after which the server ends it. */
  readonly timeout: number
}

/** A bookmark comes this often, in milliseconds; upstream's is about a minute, too. */
const BOOKMARK_EVERY = 60_000
/** Objects that exist are sent in pieces of about this size. */
const PIECE = 64 * 1024

/** One watch: its events as they will go over the wire. Ends by itself after its timeout, or when `signal` aborts. */
export async function* watchEvents(core: Core, options: WatchOptions, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const outbox = new Outbox()
  const ended = new AbortController()
  const end = (): void => {
    ended.abort()
    outbox.end()
  }
  signal?.addEventListener('abort', end, { once: true })
  core.closing.addEventListener('abort', end, { once: true })
  core.metrics.watches++
  const watch = new Watch(core, options, outbox)
  try {
    const missing = watch.begin()
    if (missing) return yield missing
    if (signal?.aborted || core.closing.aborted) return
    void core.clock.sleep(options.timeout, ended.signal).then(end, () => {})
    void watch.keepBookmarking(ended.signal)
    yield* watch.initialEvents()
    yield* outbox
  } finally {
    signal?.removeEventListener('abort', end)
    core.closing.removeEventListener('abort', end)
    core.metrics.watches--
    end()
    watch.stop()
  }
}

class Watch {
  readonly #core: Core
  readonly #options: WatchOptions
  readonly #outbox: Outbox
  readonly #start: number
  #initial: readonly Buffer[] = []
  #first = true
  #stop: (() => void) | undefined

  constructor(core: Core, options: WatchOptions, outbox: Outbox) {
    this.#core = core
    this.#options = options
    this.#outbox = outbox
    this.#start = options.after ?? core.store.revision
  }

  /** From here on nothing is missed. Returns the last words when the history that is wanted is gone. */
  begin(): Buffer | undefined {
    const { store } = this.#core
    const { kind, namespace, selection, after } = this.#options
    const prefix = storePrefix(kind, namespace)
    if (after === undefined) this.#initial = selectedEntries(this.#core, { kind, namespace, selection }).map(({ value }) => value)
    try {
      this.#stop = store.watch(prefix, Math.min(this.#start, store.revision), (changes) => this.#tell(changes))
      return undefined
    } catch (error) {
      if (!isStoreError(error, 'compacted')) throw error
      const { status } = expired(`too old resource version: ${this.#start} (${store.compactedRevision})`)
      return frame('ERROR', Buffer.from(JSON.stringify(status)))
    }
  }

  stop(): void {
    this.#stop?.()
  }

  *initialEvents(): Generator<Buffer> {
    const { kind, view, markInitialEnd } = this.#options
    let pieces: Buffer[] = []
    let size = 0
    for (const bytes of this.#initial) {
      const piece = frame('ADDED', view.event(kind, bytes, this.#first))
      this.#first = false
      pieces.push(piece)
      size += piece.length
      if (size < PIECE) continue
      yield Buffer.concat(pieces)
      pieces = []
      size = 0
    }
    if (markInitialEnd) pieces.push(this.#bookmark({ 'k8s.io/initial-events-end': 'true' }, this.#start))
    this.#initial = []
    if (pieces.length > 0) yield Buffer.concat(pieces)
  }

  async keepBookmarking(signal: AbortSignal): Promise<void> {
    if (!this.#options.bookmarks) return
    try {
      for (;;) {
        await this.#core.clock.sleep(BOOKMARK_EVERY, signal)
        this.#outbox.put(this.#bookmark(undefined, Math.max(this.#start, this.#core.store.revision)))
      }
    } catch {
      // The watch has ended.
    }
  }

  #tell(changes: readonly Change[]): void {
    const { kind, view } = this.#options
    for (const change of changes) {
      if (change.revision <= this.#start) continue
      const type = this.#typeOf(change)
      if (!type) continue
      this.#outbox.put(frameOf(change, type, { kind, view, first: this.#first }))
      this.#first = false
    }
  }

  /** What the change is to somebody who only sees the selection; undefined when it is nothing. */
  #typeOf(change: Change): EventType | undefined {
    const { kind, selection } = this.#options
    if (!selection) return change.deleted ? 'DELETED' : change.before ? 'MODIFIED' : 'ADDED'
    const [before, after] = [objectBefore(kind, change), objectAfter(kind, change)]
    const was = before !== undefined && selection.matches(before)
    const is = after !== undefined && selection.matches(after)
    if (is) return was ? 'MODIFIED' : 'ADDED'
    return was ? 'DELETED' : undefined
  }

  #bookmark(annotations: Record<string, string> | undefined, revision: number): Buffer {
    const { kind, group, version } = this.#options.kind
    const apiVersion = group === '' ? version : `${group}/${version}`
    const metadata = { resourceVersion: String(revision), creationTimestamp: null, ...(annotations && { annotations }) }
    return frame('BOOKMARK', Buffer.from(JSON.stringify({ kind, apiVersion, metadata })))
  }
}
