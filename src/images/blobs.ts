import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { digestOf, hexOf, type Source, type Summed, summed } from './digest.ts'
import { BadImage } from './image.ts'

/** Content by its digest: what is there is whole and never changes. */
export interface Blobs {
  has(digest: string): Promise<boolean>
  /** Keeps a stream. Throws {@link BadImage}, and keeps nothing, when it isn't what `expected` says. */
  write(source: Source, expected?: string): Promise<Summed>
  read(digest: string): AsyncIterable<Uint8Array>
  /** For manifests and configurations. Throws {@link BadImage} when it isn't JSON or too long. */
  json(digest: string): Promise<unknown>
}

/** The longest manifest or configuration that is believed; bytes. */
export const LONGEST_JSON = 8 << 20

/** Blobs in `<root>/blobs/sha256`; what isn't whole yet is in `scratch`. `unique` names a file nobody else has. */
export function createBlobs(root: string, { scratch, unique }: { scratch: string; unique: () => string }): Blobs {
  const folder = join(root, 'blobs/sha256')
  const fileOf = (digest: string): string => join(folder, hexOf(digest))
  return {
    has: (digest) =>
      stat(fileOf(digest)).then(
        () => true,
        () => false,
      ),
    read: (digest) => createReadStream(fileOf(digest)),
    async write(source, expected) {
      for (const each of [folder, scratch]) await mkdir(each, { recursive: true, mode: 0o700 })
      const file = join(scratch, unique())
      try {
        let sum: Summed | undefined
        await pipeline(
          summed(source, (all) => (sum = all)),
          createWriteStream(file),
        )
        if (!sum || (expected !== undefined && sum.digest !== expected))
          throw new BadImage(`content is ${sum?.digest} and should be ${expected}`)
        await rename(file, fileOf(sum.digest))
        return sum
      } finally {
        await rm(file, { force: true })
      }
    },
    async json(digest) {
      const file = fileOf(digest)
      const { size } = await stat(file).catch(() => {
        throw new BadImage(`content is missing: ${digest}`)
      })
      if (size > LONGEST_JSON) throw new BadImage(`${digest} is too long`)
      const bytes = await readFile(file)
      if (digestOf(bytes) !== digest) throw new BadImage(`${digest} is damaged on this disk`)
      return parseJson(bytes)
    },
  }
}

export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw new BadImage('a manifest or a configuration is not JSON')
  }
}
