import type { Kind, Subresource } from '../kind.ts'
import { apiVersionOf } from '../object.ts'
import type { Schemas } from '../schemas/index.ts'
import { closure } from './closure.ts'
import { collectionOperations, itemOperations, subresourceOperations } from './operations.ts'
import type { PathItem } from './operations.ts'

export interface OpenAPIDocument {
  readonly openapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, PathItem>>
  readonly components: { readonly schemas: Schemas }
}

/** Where the document of a group version lies below `/openapi/v3/`: `api/v1`, `apis/apps/v1`. */
export const openapiPath = (groupVersion: string): string =>
  groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`

/** The document of `v1` or `apps/v1`, with the schemas that its kinds reach and no others. */
export function openapiV3(groupVersion: string, kinds: readonly Kind[], schemas: Schemas): OpenAPIDocument {
  const own = kinds.filter((kind) => apiVersionOf(kind) === groupVersion)
  const paths = Object.fromEntries(own.flatMap((kind) => pathsOf(kind, `/${openapiPath(groupVersion)}`)))
  const roots = own.flatMap((kind) => [kind.schema, `${kind.schema}List`, ...SHARED])
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.36.0' },
    paths,
    components: { schemas: closure(roots, schemas) },
  }
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
/** What every document refers to, whatever its kinds. */
const SHARED = [`${META}.Status`, `${META}.DeleteOptions`, `${META}.Patch`, 'io.k8s.api.autoscaling.v1.Scale']

/** The index at `/openapi/v3`. `hashes` are of the documents' bytes, by group version: clients cache by them. */
export const openapiIndex = (hashes: ReadonlyMap<string, string>): object => ({
  paths: Object.fromEntries(
    [...hashes].map(([groupVersion, hash]) => {
      const path = openapiPath(groupVersion)
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]
    }),
  ),
})

/** Those whose answers are objects; the others are streams, which no document describes well. */
const DESCRIBED: ReadonlySet<Subresource> = new Set(['status', 'scale'])

function pathsOf(kind: Kind, base: string): [string, PathItem][] {
  const collection = `${base}${kind.namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`
  const item = `${collection}/{name}`
  const subresources = kind.subresources.filter((name) => DESCRIBED.has(name))
  return [
    [collection, collectionOperations(kind)],
    [item, itemOperations(kind)],
    ...subresources.map((name): [string, PathItem] => [`${item}/${name}`, subresourceOperations(kind, name)]),
    ...(kind.namespaced
      ? [[`${base}/${kind.plural}`, collectionOperations(kind, { readOnly: true })] as [string, PathItem]]
      : []),
  ]
}
