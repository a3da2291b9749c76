import { apiVersionOf, type KubeObject, type Resource } from '../api/index.ts'
import { type Clock, type Logger, silent, systemClock } from '../lib/index.ts'
import type { Cache, Caches } from './cache.ts'
import type { Client, ListOptions } from './client.ts'
import { IndexedCache } from './indexed-cache.ts'
import { type Transforms, transformKey } from './lean.ts'
import { reflect } from './reflector.ts'

export interface CachesOptions {
  readonly client: Client
  readonly log?: Logger
  readonly clock?: Clock
  /** What caches make of objects; as they are when left out. */
  readonly transforms?: Transforms
}

/** Shared caches that follow the server until `signal` aborts. A cache begins to fill when it is first asked for. */
export function createCaches(options: CachesOptions, signal: AbortSignal): Caches {
  const { client, log = silent, clock = systemClock, transforms } = options
  const started = new Map<string, IndexedCache<KubeObject>>()
  return {
    of<T extends KubeObject>(resource: Resource<T>, selection: ListOptions = {}): Cache<T> {
      const { namespace, labelSelector, fieldSelector, metadataOnly = false } = selection
      const id = (onlyMetadata: boolean): string =>
        JSON.stringify([apiVersionOf(resource), resource.plural, namespace, labelSelector, fieldSelector, onlyMetadata])
      // Whoever wants the metadata alone is served by a cache of whole objects, if there is one.
      const known = started.get(id(false)) ?? (metadataOnly ? started.get(id(true)) : undefined)
      if (known) return known as unknown as IndexedCache<T>
      const cache = new IndexedCache(resource)
      started.set(id(metadataOnly), cache as unknown as IndexedCache<KubeObject>)
      const transform = transforms?.get(transformKey(resource)) as ((object: T) => T) | undefined
      void reflect(cache, { client, resource, selection, clock, log, transform }, signal).then(() => cache.stop(signal.reason))
      return cache
    },
    async whenSynced() {
      await Promise.all([...started.values()].map((cache) => cache.whenSynced()))
    },
  }
}
