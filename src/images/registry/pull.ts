import { backoff, type Clock } from '../../lib/index.ts'
import { BadImage } from '../image.ts'
import { choose, type Descriptor, type Platform, readIndex, readManifest } from '../manifest.ts'
import { parseJson } from '../blobs.ts'
import type { Reference } from '../reference.ts'
import type { ImageStore, Named } from '../store.ts'
import type { Registry } from './registry.ts'

export interface PullOptions {
  readonly registry: Registry
  readonly store: ImageStore
  readonly platform: Platform
  readonly clock: Clock
}

const TRIES = 3
const PAUSE = { base: 500, max: 5000 }

/** Fetches what the store doesn't have of an image, checks it against its digests, and gives it its name. */
export async function pullImage(reference: Reference, options: PullOptions, signal?: AbortSignal): Promise<Named> {
  const { store, platform } = options
  const asked = await fetchManifest(reference.digest || reference.tag, options)
  const list = readIndex(asked.content)
  const own = list ? await fetchManifest(choose(list, platform).digest, options) : asked
  const { config, layers } = readManifest(own.content)
  // One after the other: the layers of most images are one large and some small ones.
  for (const descriptor of [config, ...layers]) await fetchBlob(descriptor, options, signal)
  const from = `${reference.registry}/${reference.repository}@${asked.digest}`
  return store.add(reference, own.digest, from)
}

async function fetchManifest(name: string, { registry, store }: PullOptions): Promise<{ digest: string; content: unknown }> {
  const { digest, bytes } = await registry.manifest(name)
  if (name.includes(':') && digest !== name) throw new BadImage(`the registry sends ${digest} for ${name}`)
  await store.blobs.write([bytes], digest)
  return { digest, content: parseJson(bytes) }
}

/** A connection that breaks on the way is tried again; content that is wrong is not. */
async function fetchBlob({ digest }: Descriptor, { registry, store, clock }: PullOptions, signal?: AbortSignal): Promise<void> {
  if (await store.blobs.has(digest)) return
  for (let attempt = 0; ; attempt++) {
    const source = await registry.blob(digest)
    try {
      await store.blobs.write(source, digest)
      return
    } catch (error) {
      if (error instanceof BadImage || attempt + 1 === TRIES) throw error
      await clock.sleep(backoff(attempt, PAUSE), signal)
    }
  }
}
