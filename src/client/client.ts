import type { KubeObject, ObjectList, Resource } from '../api/index.ts'

export interface ObjectName {
  /** Left out for kinds without namespaces. */
  readonly namespace?: string
  readonly name: string
}

export interface ListOptions {
  /** All namespaces when left out. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Only `metadata` of each object comes (PartialObjectMetadata): enough for whoever follows owners. */
  readonly metadataOnly?: boolean
}

export interface WatchOptions extends ListOptions {
  /**
   * The resource version after which events are wanted. Without one everything that exists comes first, as ADDED, and then a
   * bookmark for which {@link endsInitialEvents} is true (KEP-3157); an older server refuses that with 400 or 422.
   */
  readonly after?: string
  /** Called when the server has accepted the watch. */
  readonly onOpen?: () => void
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/**
 * The API as seen by a component: typed, over any transport, of any conformant server.
 *
 * Every call rejects with an {@link ApiError} when the server answers with a Status, and with the transport's own error
 * when no answer came. Nothing is retried here: components are level-triggered and look again.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal?: AbortSignal): Promise<T>
  /** The whole list, in one answer. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions, signal?: AbortSignal): Promise<ObjectList<T>>
  /** Into the object's own namespace. Answers what was stored, with what the server filled in. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T>
  /** Replaces; a `metadata.resourceVersion` in the object makes it conditional (409 Conflict). */
  update<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T>
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T>
  /** Replaces a part that has a path of its own, `finalize` for one. */
  updateSubresource<T extends KubeObject>(resource: Resource<T>, object: T, subresource: string, signal?: AbortSignal): Promise<T>
  patch<T extends KubeObject>(resource: Resource<T>, name: ObjectName, patch: PatchOptions, signal?: AbortSignal): Promise<T>
  delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options?: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<void>
  /** Everything of one resource that the options select, and what belongs to it. */
  deleteCollection(resource: Resource, options: ListOptions, signal?: AbortSignal): Promise<void>
  /** POSTs `body` to a subresource (`binding`, `eviction`) and answers what came back. */
  createSubresource<T extends KubeObject>(
    resource: Resource<T>,
    target: ObjectName & { readonly subresource: string },
    body: unknown,
    signal?: AbortSignal,
  ): Promise<unknown>
  /** Events from `options.after` on. Ends when the server ends it; rejects with 410 Expired when the version is too old. */
  watch<T extends KubeObject>(resource: Resource<T>, options: WatchOptions, signal?: AbortSignal): AsyncIterable<WatchEvent<T>>
  /** The body of any path, for what has no resource: `/readyz`, `/version`. */
  raw(path: string, signal?: AbortSignal): Promise<string>
}

/** Whether everything that existed when the watch began has been told. */
export const endsInitialEvents = ({ type, object }: WatchEvent<KubeObject>): boolean =>
  type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true'

export interface PatchOptions {
  readonly type: PatchType
  readonly body: unknown
  readonly subresource?: 'status' | 'scale'
  /** Required by `apply`. */
  readonly fieldManager?: string
  readonly force?: boolean
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}
