import { type Endpoint, type EndpointSlice, endpointSlices, type KubeObject, type Resource } from '../api/index.ts'

/** What a cache makes of each object before it keeps it (client-go's SetTransform). The argument is the cache's alone. */
export type Transform = (object: KubeObject) => KubeObject

/** Transforms by the resource's path, `discovery.k8s.io/endpointslices`. */
export type Transforms = ReadonlyMap<string, Transform>

export const transformKey = ({ group, plural }: Pick<Resource, 'group' | 'plural'>): string => `${group}/${plural}`

/**
 * For caches on nodes, where EndpointSlices are most of what there is: which Pod an endpoint is isn't kept, and what many
 * endpoints have in common is kept once. Half of the memory; nothing that a node's components read is missing.
 */
export function leanTransforms(): Transforms {
  const texts = new Map<string, string>()
  const shared = new Map<string, object>()
  const once = <T extends object | undefined>(value: T): T => {
    if (value === undefined) return value
    const text = JSON.stringify(value)
    const known = shared.get(text) ?? value
    shared.set(text, known)
    return known as T
  }
  const name = (text: string): string => {
    const known = texts.get(text) ?? text
    texts.set(text, known)
    return known
  }
  const lean = ({ addresses, conditions, hostname, hints, nodeName, zone }: Endpoint): Endpoint => ({
    addresses,
    ...(conditions ? { conditions: once(conditions) } : {}),
    ...(hostname === undefined ? {} : { hostname }),
    ...(hints ? { hints: once(hints) } : {}),
    ...(nodeName === undefined ? {} : { nodeName: name(nodeName) }),
    ...(zone === undefined ? {} : { zone: name(zone) }),
  })
  const slice = (object: KubeObject): KubeObject => {
    const { endpoints, ports, ...rest } = object as EndpointSlice
    return { ...rest, endpoints: (endpoints ?? []).map(lean), ...(ports ? { ports: once(ports) } : {}) } as EndpointSlice
  }
  return new Map([[transformKey(endpointSlices), slice]])
}
