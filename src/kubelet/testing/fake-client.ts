import { randomUUID } from 'node:crypto'
import { apiVersionOf, type KubeObject, keyOf, type Resource } from '../../api/index.ts'
import { ApiError, type Client, type ObjectName } from '../../client/index.ts'
import type { FakeCaches } from '../../testing/index.ts'

/** A server in memory, as far as a kubelet needs one: what is written is in the caches at once. */
export function fakeClient(caches: FakeCaches): Client {
  const key = ({ namespace, name }: ObjectName): string => (namespace ? `${namespace}/${name}` : name)
  const get = <T extends KubeObject>(resource: Resource<T>, name: ObjectName): T => {
    const found = caches.of(resource).get(key(name))
    if (!found) throw new ApiError(404, { reason: 'NotFound', message: `${resource.plural} "${name.name}" not found` })
    return found
  }
  const put = <T extends KubeObject>(resource: Resource<T>, object: T): T => {
    const stored = {
      ...object,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { uid: randomUUID(), ...object.metadata },
    }
    caches.put(resource, stored)
    return stored
  }
  const refuse = (what: string) => async (): Promise<never> => {
    throw new Error(`${what} is not something a kubelet asks for`)
  }
  return {
    get: async (resource, name) => get(resource, name),
    create: async (resource, object) => {
      if (!caches.of(resource).get(keyOf(object))) return put(resource, object)
      throw new ApiError(409, { reason: 'AlreadyExists', message: 'it exists' })
    },
    patch: async (resource, name, { body }) =>
      put(resource, merge(get(resource, name), body) as typeof resource.type & KubeObject),
    async delete(resource, name, { preconditions } = {}) {
      if (preconditions?.uid !== undefined && get(resource, name).metadata.uid !== preconditions.uid)
        throw new ApiError(409, { reason: 'Conflict', message: 'another uid' })
      caches.remove(resource, key(name))
    },
    createSubresource: async () => ({ status: { token: 'a-token' } }),
    list: refuse('list'),
    update: refuse('update'),
    updateStatus: refuse('updateStatus'),
    updateSubresource: refuse('updateSubresource'),
    deleteCollection: refuse('deleteCollection'),
    raw: refuse('raw'),
    async *watch() {},
  }
}

/** RFC 7386; also for strategic patches, whose directives for lists are met by lists being whole here. */
function merge(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.filter((item) => !(typeof item === 'object' && item !== null && '$patch' in item))
  if (typeof patch !== 'object' || patch === null) return patch
  const merged: Record<string, unknown> = { ...(typeof target === 'object' ? target : {}) }
  for (const [key, value] of Object.entries(patch)) merged[key] = merge(merged[key], value)
  return merged
}
