import { type KubeObject, semanticEqual } from '../api/index.ts'
import { type Cache, type Client, isNotFound, whenSeen } from '../client/index.ts'

export interface StatusWriter<T extends KubeObject> {
  readonly client: Client
  readonly cache: Cache<T>
  readonly signal: AbortSignal
}

/**
 * Writes what `status` says and the object's own doesn't say yet; what is undefined is taken away. Resolves when the cache has
 * it. An object that is gone needs none.
 */
export async function patchStatus<T extends KubeObject & { readonly status?: object }>(
  { client, cache, signal }: StatusWriter<T>,
  object: T,
  status: object,
): Promise<void> {
  if (semanticEqual(object.status, { ...object.status, ...status })) return
  const { namespace, name = '' } = object.metadata
  const body = { status: Object.fromEntries(Object.entries(status).map(([key, value]) => [key, (value ?? null) as unknown])) }
  const patch = { type: 'merge', subresource: 'status', body } as const
  await client.patch(cache.resource, { namespace, name }, patch, signal).then(
    (after) => whenSeen(cache, after),
    (error: unknown) => {
      if (!isNotFound(error)) throw error
    },
  )
}
