/** The only door to the cluster: REST, caches that follow it, work queues, Events, kubeconfig files. */
export type { Cache, CacheListener, Caches, IndexedBy } from './cache.ts'
export { createCaches, type CachesOptions } from './caches.ts'
export type { Client, DeleteOptions, ListOptions, ObjectName, PatchOptions, PatchType, WatchEvent } from './client.ts'
export { discover, type DiscoveredResource } from './discovery.ts'
export { ApiError, isAlreadyExists, isConflict, isExpired, isNamespaceGone, isNotFound } from './errors.ts'
export { type Connection, connectHttp2, type ServerAccess } from './http2.ts'
export {
  accessOf,
  type ClusterAccess,
  defaultKubeconfigFile,
  type Kubeconfig,
  printKubeconfig,
  readKubeconfig,
  withContext,
  withoutContext,
} from './kubeconfig.ts'
export { byNamespace, IndexedCache } from './indexed-cache.ts'
export { leanTransforms } from './lean.ts'
export { createQueue, type Queue, type QueueOptions } from './queue.ts'
export { createRecorder, type Recorder, type RecorderOptions } from './recorder.ts'
export { createClient } from './rest.ts'
export { whenSeen, whenSeenDeleted } from './seen.ts'
