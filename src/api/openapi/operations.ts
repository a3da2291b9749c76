import type { Kind, Subresource } from '../kind.ts'

interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly required?: true
  readonly schema: { readonly type: string; readonly uniqueItems?: true }
}

export type PathItem = Readonly<Record<string, unknown>>

const MEDIA_TYPES = ['application/json', 'application/yaml']
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

const query = (name: string, type = 'string'): Parameter => ({ name, in: 'query', schema: { type, uniqueItems: true } })
const path = (name: string): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } })

/** kubectl asks for `fieldValidation` here before it leaves validation to the server. */
const WRITE = [query('dryRun'), query('fieldManager'), query('fieldValidation')]
const LIST = [
  query('allowWatchBookmarks', 'boolean'),
  query('continue'),
  query('fieldSelector'),
  query('labelSelector'),
  query('limit', 'integer'),
  query('resourceVersion'),
  query('resourceVersionMatch'),
  query('sendInitialEvents', 'boolean'),
  query('timeoutSeconds', 'integer'),
  query('watch', 'boolean'),
]
const DELETE = [
  query('dryRun'),
  query('gracePeriodSeconds', 'integer'),
  query('orphanDependents', 'boolean'),
  query('propagationPolicy'),
]

const content = (schema: string, types: readonly string[]): object =>
  Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${schema}` } }]))

interface Operation {
  readonly action: string
  readonly answer: string
  readonly parameters?: readonly Parameter[]
  readonly body?: { readonly schema: string; readonly types: readonly string[] }
  readonly gvk?: object
}

function operation(kind: Kind, { action, answer, parameters = [], body, gvk }: Operation): object {
  return {
    tags: [`${kind.group || 'core'}_${kind.version}`],
    operationId: `${action}${kind.kind}`,
    parameters,
    ...(body && { requestBody: { required: true, content: content(body.schema, body.types) } }),
    responses: { 200: { description: 'OK', content: content(answer, MEDIA_TYPES) }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk ?? { group: kind.group, kind: kind.kind, version: kind.version },
  }
}

const common = (kind: Kind, named: boolean): readonly Parameter[] => [
  ...(named ? [path('name')] : []),
  ...(kind.namespaced ? [path('namespace')] : []),
  query('pretty'),
]

/** `…/services`: what is done with all of them. */
export function collectionOperations(kind: Kind, options: { readOnly?: boolean } = {}): PathItem {
  const list = operation(kind, { action: 'list', answer: `${kind.schema}List`, parameters: LIST })
  if (options.readOnly) return { get: list, parameters: [query('pretty')] }
  const body = { schema: kind.schema, types: MEDIA_TYPES }
  return {
    get: list,
    post: operation(kind, { action: 'post', answer: kind.schema, parameters: WRITE, body }),
    delete: operation(kind, { action: 'deletecollection', answer: `${META}.Status`, parameters: [...LIST, ...DELETE] }),
    parameters: common(kind, false),
  }
}

/** `…/services/{name}`: what is done with one. */
export const itemOperations = (kind: Kind): PathItem => ({
  ...readAndWrite(kind, kind.schema),
  delete: operation(kind, {
    action: 'delete',
    answer: `${META}.Status`,
    parameters: DELETE,
    body: { schema: `${META}.DeleteOptions`, types: MEDIA_TYPES },
  }),
})

export function subresourceOperations(kind: Kind, subresource: Subresource): PathItem {
  if (subresource !== 'scale') return readAndWrite(kind, kind.schema)
  return readAndWrite(kind, 'io.k8s.api.autoscaling.v1.Scale', { group: 'autoscaling', kind: 'Scale', version: 'v1' })
}

function readAndWrite(kind: Kind, schema: string, gvk?: object): PathItem {
  const of = { answer: schema, ...(gvk && { gvk }) }
  return {
    get: operation(kind, { action: 'get', ...of }),
    put: operation(kind, { action: 'put', parameters: WRITE, body: { schema, types: MEDIA_TYPES }, ...of }),
    patch: operation(kind, {
      action: 'patch',
      parameters: [...WRITE, query('force', 'boolean')],
      body: { schema: `${META}.Patch`, types: PATCH_TYPES },
      ...of,
    }),
    parameters: common(kind, true),
  }
}
