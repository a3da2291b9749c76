import { apiVersionOf, type KubeObject, type Resource } from '../api/index.ts'
import { type Cache, type Caches, IndexedCache } from '../client/index.ts'

/** Caches without a server: what they hold is what the test puts there. */
export interface FakeCaches extends Caches {
  put<T extends KubeObject>(resource: Resource<T>, object: T): void
  /** `key` is `namespace/name`. */
  remove(resource: Resource, key: string): void
}

/** Every cache counts as synced from the beginning. */
export function fakeCaches(): FakeCaches {
  const caches = new Map<string, IndexedCache<KubeObject>>()
  const cacheOf = <T extends KubeObject>(resource: Resource<T>): IndexedCache<T> => {
    const id = `${apiVersionOf(resource)}/${resource.plural}`
    let cache = caches.get(id) as unknown as IndexedCache<T> | undefined
    if (!cache) {
      cache = new IndexedCache(resource)
      cache.replace([])
      caches.set(id, cache as unknown as IndexedCache<KubeObject>)
    }
    return cache
  }
  let revision = 0
  return {
    of: <T extends KubeObject>(resource: Resource<T>): Cache<T> => cacheOf(resource),
    whenSynced: async () => {},
    put(resource, object) {
      cacheOf(resource).seen(String(++revision))
      cacheOf(resource).put({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
    },
    remove: (resource, key) => cacheOf(resource).remove(key),
  }
}
