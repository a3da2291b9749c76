import { type Clock, messageOf } from '../lib/index.ts'
import { type GetOptions, ImageError, type Images, UnknownUser } from './image.ts'
import type { Platform } from './manifest.ts'
import { parseReference, type Reference } from './reference.ts'
import { credentialsFor } from './registry/credentials.ts'
import { pullImage } from './registry/pull.ts'
import { openRegistry, RegistryError } from './registry/registry.ts'
import type { ImageStore, Named } from './store.ts'

export interface StoredImagesOptions {
  readonly store: ImageStore
  readonly platform: Platform
  readonly fetch: typeof fetch
  readonly clock: Clock
}

/** Images from the store, and from registries when the policy says so. Pulls of one image by many at once are one pull. */
export function storedImages({ store, platform, fetch, clock }: StoredImagesOptions): Images {
  const pulling = new Map<string, Promise<Named>>()

  /** With every password that there is for the registry, then with none. */
  const pull = async (reference: Reference, dockerConfigs: readonly string[], signal?: AbortSignal): Promise<Named> => {
    const all = [...credentialsFor(reference.registry, dockerConfigs), undefined]
    for (const [at, credentials] of all.entries()) {
      try {
        const registry = openRegistry(reference, { fetch, clock, ...(credentials && { credentials }) }, signal)
        return await pullImage(reference, { registry, store, platform, clock }, signal)
      } catch (error) {
        const isDenied = error instanceof RegistryError && error.code === 'PullDenied'
        if (!isDenied || at + 1 === all.length) throw failed(reference, error)
      }
    }
    throw new ImageError('ErrImagePull', `there is nobody to pull ${reference.name} for`)
  }
  const pullOnce = async (reference: Reference, options: GetOptions, signal?: AbortSignal): Promise<Named> => {
    options.onPull?.()
    const dockerConfigs = (await options.dockerConfigs?.()) ?? []
    // Who has other passwords asks for himself.
    const key = JSON.stringify([reference.name, dockerConfigs])
    const running = pulling.get(key)
    if (running) return running
    const started = pull(reference, dockerConfigs, signal)
    pulling.set(key, started)
    return started.finally(() => pulling.delete(key))
  }
  const find = async (
    reference: Reference,
    { text, ...options }: GetOptions & { text: string },
    signal?: AbortSignal,
  ): Promise<Named> => {
    const { policy = 'IfNotPresent' } = options
    const present = await store.find(reference)
    if (present && policy !== 'Always') return present
    if (policy === 'Never')
      throw new ImageError('ErrImageNeverPull', `Container image "${text}" is not present with pull policy of Never`)
    return pullOnce(reference, options, signal).catch((error: unknown) => {
      throw present && error instanceof ImageError && error.code === 'ErrImagePull' ? hinted(error) : error
    })
  }
  return {
    async get(text, options = {}, signal) {
      const reference = readReference(text)
      const named = await find(reference, { text, ...options }, signal)
      return store.open(named).catch((error: unknown) => {
        throw error instanceof UnknownUser ? new ImageError('CreateContainerError', error.message) : failed(reference, error)
      })
    },
  }
}

/** For those who loaded `web:latest` and wonder: a Pod pulls that always, unless it says otherwise. */
const hinted = (error: ImageError): ImageError =>
  new ImageError('ErrImagePull', `${error.message}; it is on this node, and runs with imagePullPolicy: IfNotPresent`)

function readReference(text: string): Reference {
  const reference = parseReference(text)
  if (typeof reference !== 'string') return reference
  const reason = `couldn't parse image name "${text}": ${reference}`
  throw new ImageError('InvalidImageName', `Failed to apply default image tag "${text}": ${reason}`)
}

const failed = ({ name }: Reference, error: unknown): ImageError =>
  new ImageError('ErrImagePull', `failed to pull and unpack image "${name}": ${messageOf(error)}`)
