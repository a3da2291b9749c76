import { createHash } from 'node:crypto'
import { BadImage } from './image.ts'
import { isDigest } from './reference.ts'

/** `sha256:…` of some bytes. */
export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Content as it comes. */
export type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export interface Summed {
  readonly digest: string
  readonly size: number
}

/** Passes a stream on; `done` is told its sum at the end, before the reader learns that there is nothing more. */
export async function* summed(source: Source, done: (sum: Summed) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of source) {
    hash.update(piece)
    size += piece.length
    yield piece
  }
  done({ digest: `sha256:${hash.digest('hex')}`, size })
}

/** The hexadecimal part, which is safe as a file's name. Throws {@link BadImage} for anything else than a SHA-256. */
export function hexOf(digest: unknown): string {
  if (typeof digest !== 'string' || !isDigest(digest)) throw new BadImage(`"${String(digest)}" is not a SHA-256 digest`)
  return digest.slice('sha256:'.length)
}
