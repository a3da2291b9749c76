import type { HttpRequest, HttpResponse } from '../wire/index.ts'
import type { RequestInfo } from './http/request-info.ts'
import { jsonResponse, textResponse } from './http/respond.ts'
import { groupVersions, servedReview } from './discovery/discovery.ts'
import type { Served } from './discovery/discovery.ts'
import { openapiRoutes } from './discovery/openapi.ts'
import { discoveryRoutes } from './discovery/routes.ts'
import { version } from './discovery/version.ts'
import { health } from './health.ts'
import { reviewKinds } from './reviews/index.ts'
import type { Core } from './registry/core.ts'
import { tokenDocuments } from './tokens/documents.ts'
import type { SigningKey } from './tokens/signing-key.ts'

/** Everything that isn't about objects. It can only be read. */
export function otherRoutes(
  core: Core,
  serverAddress: string,
  key: SigningKey | undefined,
): (request: HttpRequest, info: RequestInfo) => Promise<HttpResponse | undefined> {
  const served = [...core.kinds.all, ...reviewKinds.map(servedReview)]
  const openapi = openapiRoutes(core.kinds.all)
  const documents = key && tokenDocuments(key, serverAddress)
  const discovery = discoveryRoutes(served, serverAddress)
  return async (request, { path, query }) => {
    const found = await answer(request, path, query)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    return found && !isRead ? textResponse(405, '405: Method Not Allowed') : found
  }

  async function answer(request: HttpRequest, path: string, query: URLSearchParams): Promise<HttpResponse | undefined> {
    if (path === '/') return jsonResponse(200, { paths: rootPaths(served) })
    if (path === '/version' || path === '/version/') return jsonResponse(200, version)
    if (path === '/metrics') return core.metrics.respond(core.store)
    return health(core, path, query) ?? documents?.(path) ?? discovery(request, path) ?? openapi(request, path)
  }
}

/** What `/` lists: upstream's `metav1.RootPaths`. */
function rootPaths(served: readonly Served[]): string[] {
  const groups = groupVersions(served).flatMap(({ group, version: of }) =>
    group === '' ? [`/api/${of}`] : [`/apis/${group}`, `/apis/${group}/${of}`],
  )
  const others = ['/.well-known/openid-configuration', '/api', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/openid/v1/jwks', '/readyz', '/version'] // prettier-ignore
  return [...new Set([...groups, ...others])].sort()
}
