import { pipeline, Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** By the first bytes, as every tool does: what a media type says is not always so. */
const KINDS = [
  { magic: Buffer.of(0x1f, 0x8b), create: createGunzip },
  { magic: Buffer.of(0x28, 0xb5, 0x2f, 0xfd), create: createZstdDecompress },
] as const

/** What `source` holds, whether it is plain or compressed by gzip or zstd. */
export async function* uncompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    yield* plain(chunks)
  } finally {
    await chunks.return?.()
  }
}

async function* plain(chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start = Buffer.alloc(0)
  while (start.length < 4) {
    const { done, value } = await chunks.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  const all = rejoined(start, chunks)
  const kind = KINDS.find(({ magic }) => start.subarray(0, magic.length).equals(magic))
  // What goes wrong on the way is thrown to whoever reads the end.
  if (kind) yield* pipeline(Readable.from(all), kind.create(), () => {})
  else yield* all
}

async function* rejoined(start: Uint8Array, chunks: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}
