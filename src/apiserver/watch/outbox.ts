/** What waits for a watcher may be so large; then the watcher is too slow and is dropped. */
const LIMIT = 8 * 1024 * 1024

/**
 * Pieces on their way to one reader, who takes them at its own speed. Whoever puts never waits: a reader that falls too
 * far behind is cut off, and finds the stream ended (upstream's watch cache terminates such watchers too).
 */
export class Outbox {
  #pieces: Buffer[] = []
  #size = 0
  #ended = false
  #wake: (() => void) | undefined

  put(piece: Buffer): void {
    if (this.#ended) return
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#size > LIMIT) {
      this.#pieces = []
      this.#ended = true
    }
    this.#wake?.()
  }

  /** The reader gets what is in here already, and then the end. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  /** All that came since the last time, at once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#pieces.length > 0) yield this.#take()
      else if (this.#ended) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #take(): Buffer {
    const pieces = this.#pieces
    this.#pieces = []
    this.#size = 0
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
  }
}
