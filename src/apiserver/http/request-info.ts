/** What the URL and method of a request ask for, as upstream's `request.RequestInfo`. */
export interface RequestInfo {
  readonly verb: Verb
  /** Undefined for everything that isn't about objects: `/version`, `/apis`, `/healthz`. */
  readonly resource?: ResourceInfo
  /** Without the query, still percent-encoded. */
  readonly path: string
  readonly query: URLSearchParams
}

export interface ResourceInfo {
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Empty when there is none. */
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  /** What follows a subresource, for `proxy`: `/a/b`. Still percent-encoded. */
  readonly rest: string
}

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection'
  | 'post'
  | 'put'
  | 'head'
  | 'options'

const NO_QUERY = new URLSearchParams()

/**
 * `/api/v1/namespaces/default/pods/a/log?follow=true`, `/apis/apps/v1/deployments`, and `/api/v1/watch/pods`, which is how
 * watches were asked for once: see https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris
 */
export function requestInfoOf(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(url.slice(mark + 1))
  const parts = path.split('/')
  const watched = parts.indexOf('watch') === (parts[1] === 'api' ? 3 : 4) && method === 'GET'
  const resource = resourceOf(watched ? parts.filter((_, index) => index !== parts.indexOf('watch')) : parts)
  const verb = watched ? 'watch' : resource && verbOf(method, resource, query)
  return { verb: (resource && verb) ?? (method.toLowerCase() as Verb), resource, path, query }
}

function resourceOf([empty, root, ...parts]: string[]): ResourceInfo | undefined {
  if (empty !== '' || (root !== 'api' && root !== 'apis')) return undefined
  const group = root === 'api' ? '' : decode(parts.shift())
  const version = decode(parts.shift())
  if (parts.length === 0 || parts[0] === '' || (root === 'apis' && group === '')) return undefined
  const { namespace, rest } = namespaceOf(parts)
  const [plural = '', name = '', subresource = ''] = rest.slice(0, 3).map(decode)
  const more = rest.slice(3)
  return { group, version, plural, namespace, name, subresource, rest: more.length > 0 ? `/${more.join('/')}` : '' }
}

/** `namespaces/a/pods` is about Pods in `a`; `namespaces/a` and `namespaces/a/status` are about the Namespace itself. */
function namespaceOf(parts: string[]): { namespace: string; rest: string[] } {
  if (parts[0] !== 'namespaces' || parts[1] === undefined) return { namespace: '', rest: parts }
  const ofNamespace = parts.length === 2 || parts[2] === '' || parts[2] === 'status' || parts[2] === 'finalize'
  return { namespace: decode(parts[1]), rest: ofNamespace ? parts : parts.slice(2) }
}

function decode(part = ''): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function verbOf(method: string, resource: ResourceInfo, query: URLSearchParams): Verb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (resource.subresource !== '') return 'get'
      if (isTrue(query.get('watch'))) return 'watch'
      return resource.name === '' ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return resource.name === '' ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase() as Verb
  }
}

/** As Go's conversion of a query parameter to bool: present and not `false` or `0`. */
export const isTrue = (value: string | null): boolean => value !== null && value !== 'false' && value !== '0'
