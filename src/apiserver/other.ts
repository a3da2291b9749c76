import type { HttpRequest, HttpResponse } from '../wire/index.ts'
import type { RequestInfo } from './http/request-info.ts'
import { jsonResponse, textResponse } from './http/respond.ts'
import { servedReview } from './discovery/discovery.ts'
import { openapiRoutes } from './discovery/openapi.ts'
import { discoveryRoutes } from './discovery/routes.ts'
import { version } from './discovery/version.ts'
import { reviewKinds } from './reviews/index.ts'
import type { Core } from './registry/core.ts'
import { tokenDocuments } from './tokens/documents.ts'
import type { SigningKey } from './tokens/signing-key.ts'

const HEALTH: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

/** Everything that isn't about objects. */
export function otherRoutes(
  core: Core,
  serverAddress: string,
  key: SigningKey | undefined,
): (request: HttpRequest, info: RequestInfo) => Promise<HttpResponse | undefined> {
  const openapi = openapiRoutes(core.kinds.all)
  const documents = key && tokenDocuments(key, serverAddress)
  const discovery = discoveryRoutes([...core.kinds.all, ...reviewKinds.map(servedReview)], serverAddress)
  return async (request, { path }) => {
    if (path === '/version') return jsonResponse(200, version)
    if (path === '/metrics') return core.metrics.respond(core)
    if (HEALTH.has(path)) return textResponse(200, 'ok')
    return documents?.(path) ?? discovery(request, path) ?? openapi(request, path)
  }
}
