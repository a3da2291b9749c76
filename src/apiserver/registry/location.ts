import type { Kind, KubeObject } from '../api.ts'
import type { About } from '../http/status-error.ts'

/** One object of one kind: its place in the API. */
export interface Location {
  readonly kind: Kind
  /** Empty for kinds without namespaces. */
  readonly namespace: string
  readonly name: string
}

/** By which what is special about a kind is found, whatever its version: `apps/deployments`, `/nodes`. */
export const kindKey = ({ group, plural }: Pick<Kind, 'group' | 'plural'>): string => `${group}/${plural}`

/** The key of an object in the store: `/apps/deployments/default/kubia`, `//nodes/node1`. */
export const storeKey = ({ kind, namespace, name }: Location): string => storePrefix(kind, namespace) + name

/** What the keys of a kind begin with; of one namespace when it is given. */
export function storePrefix(kind: Kind, namespace = ''): string {
  const { group, plural } = kind.storedAs?.resource ?? kind
  return namespace === '' ? `/${group}/${plural}/` : `/${group}/${plural}/${namespace}/`
}

export const locationOf = (kind: Kind, object: KubeObject): Location => ({
  kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name ?? '',
})

export const aboutOf = ({ kind, name }: Pick<Location, 'kind' | 'name'>): About => ({
  group: kind.group,
  plural: kind.plural,
  name,
})
