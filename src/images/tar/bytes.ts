import { BadImage } from '../image.ts'

/** Takes a stream of chunks apart at the places that its reader names. */
export interface Bytes {
  /** The next `length` bytes; undefined when the stream ends just before them. Throws when it ends among them. */
  take(length: number): Promise<Buffer | undefined>
  /** The next `length` bytes as they come. */
  pass(length: number): AsyncGenerator<Buffer>
  /** Lets go of the stream, read or not. */
  close(): Promise<void>
}

const CUT_OFF = 'the archive is cut off'

export function bytesOf(source: AsyncIterable<Uint8Array>): Bytes {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  /** At most `length` bytes; undefined at the end. */
  const some = async (length: number): Promise<Buffer | undefined> => {
    while (rest.length === 0) {
      const { done, value } = await chunks.next()
      if (done) return undefined
      rest = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    const piece = rest.subarray(0, length)
    rest = rest.subarray(piece.length)
    return piece
  }
  async function* pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      const piece = await some(left)
      if (!piece) throw new BadImage(CUT_OFF)
      left -= piece.length
      yield piece
    }
  }
  return {
    pass,
    async close() {
      await chunks.return?.()
    },
    async take(length) {
      const first = await some(length)
      if (!first || first.length === length) return first
      const pieces = [first]
      for await (const piece of pass(length - first.length)) pieces.push(piece)
      return Buffer.concat(pieces)
    },
  }
}
