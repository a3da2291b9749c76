import type { KubeObject, ObjectList, Resource } from '../api/index.ts'
import { type Handler, type HttpResponse, readBody } from '../wire/index.ts'
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ObjectName,
  PatchOptions,
  PatchType,
  WatchEvent,
  WatchOptions,
} from './client.ts'
import { ApiError } from './errors.ts'
import { jsonLines } from './json-lines.ts'
import { collectionPath, objectPath, query, selectors } from './path.ts'

const CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
}

/** A {@link Client} over `handler`: an API server in this process, or one at the end of a connection. */
export function createClient(handler: Handler, options: { readonly userAgent?: string } = {}): Client {
  return new RestClient(handler, options.userAgent ?? 'portolan')
}

class RestClient implements Client {
  readonly #handler: Handler
  readonly #userAgent: string

  constructor(handler: Handler, userAgent: string) {
    this.#handler = handler
    this.#userAgent = userAgent
  }

  get<T extends KubeObject>(resource: Resource<T>, name: ObjectName, signal?: AbortSignal): Promise<T> {
    return this.#json<T>({ method: 'GET', path: objectPath(resource, name) }, signal)
  }

  list<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}, signal?: AbortSignal): Promise<ObjectList<T>> {
    const path = collectionPath(resource, options.namespace) + query(selectors(options))
    return this.#json({ method: 'GET', path, ...(options.metadataOnly ? { accept: METADATA_LIST } : {}) }, signal)
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T> {
    return this.#json({ method: 'POST', path: collectionPath(resource, object.metadata.namespace), body: object }, signal)
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T> {
    return this.#json({ method: 'PUT', path: objectPath(resource, nameOf(object)), body: object }, signal)
  }

  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T, signal?: AbortSignal): Promise<T> {
    return this.updateSubresource(resource, object, 'status', signal)
  }

  updateSubresource<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    subresource: string,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#json({ method: 'PUT', path: objectPath(resource, nameOf(object), subresource), body: object }, signal)
  }

  patch<T extends KubeObject>(resource: Resource<T>, name: ObjectName, patch: PatchOptions, signal?: AbortSignal): Promise<T> {
    const { type, body, subresource, fieldManager, force } = patch
    const path = objectPath(resource, name, subresource) + query({ fieldManager, force })
    return this.#json({ method: 'PATCH', path, body, contentType: CONTENT_TYPES[type] }, signal)
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    name: ObjectName,
    options: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
    await this.#json({ method: 'DELETE', path: objectPath(resource, name), body }, signal)
  }

  async deleteCollection(resource: Resource, options: ListOptions, signal?: AbortSignal): Promise<void> {
    const parameters = query({ ...selectors(options), propagationPolicy: 'Background' })
    await this.#json({ method: 'DELETE', path: collectionPath(resource, options.namespace) + parameters }, signal)
  }

  createSubresource<T extends KubeObject>(
    resource: Resource<T>,
    target: ObjectName & { readonly subresource: string },
    body: unknown,
    signal?: AbortSignal,
  ): Promise<unknown> {
    return this.#json({ method: 'POST', path: objectPath(resource, target, target.subresource), body }, signal)
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    const from =
      options.after === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion: options.after }
    const parameters = { ...selectors(options), watch: true, allowWatchBookmarks: true, ...from }
    const path = collectionPath(resource, options.namespace) + query(parameters)
    const response = await this.#call({ method: 'GET', path, ...(options.metadataOnly ? { accept: METADATA } : {}) }, signal)
    options.onOpen?.()
    for await (const event of jsonLines<WatchEvent<T> | { type: 'ERROR'; object: object }>(response.body)) {
      if (event.type === 'ERROR') throw new ApiError((event.object as { code?: number }).code ?? 500, event.object)
      yield event
    }
  }

  async raw(path: string, signal?: AbortSignal): Promise<string> {
    return Buffer.from(await readBody(await this.#call({ method: 'GET', path }, signal))).toString('utf8')
  }

  async #json<T>(call: Call, signal?: AbortSignal): Promise<T> {
    const body = await readBody(await this.#call(call, signal))
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  }

  async #call(call: Call, signal?: AbortSignal): Promise<HttpResponse> {
    const headers: Record<string, string> = { accept: call.accept ?? 'application/json', 'user-agent': this.#userAgent }
    if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json'
    const response = await this.#handler({
      method: call.method,
      path: call.path,
      headers,
      ...(call.body === undefined ? {} : { body: Buffer.from(JSON.stringify(call.body)) }),
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.status < 400) return response
    throw ApiError.of(response.status, await readBody(response))
  }
}

const nameOf = (object: KubeObject): ObjectName => ({ namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
