import type { HttpRequest, HttpResponse } from '../wire/index.ts'
import type { RequestInfo } from './http/request-info.ts'
import { jsonResponse, textResponse } from './http/respond.ts'
import { openapiRoutes } from './discovery/openapi.ts'
import { discoveryRoutes } from './discovery/routes.ts'
import { version } from './discovery/version.ts'
import type { Core } from './registry/core.ts'

const HEALTH: ReadonlySet<string> = new Set(['/livez', '/readyz', '/healthz'])

/** Everything that isn't about objects. */
export function otherRoutes(
  core: Core,
  serverAddress: string,
): (request: HttpRequest, info: RequestInfo) => Promise<HttpResponse | undefined> {
  const openapi = openapiRoutes(core.kinds.all)
  const discovery = discoveryRoutes(core.kinds.all, serverAddress)
  return async (request, { path }) => {
    if (path === '/version') return jsonResponse(200, version)
    if (path === '/metrics') return core.metrics.respond(core)
    if (HEALTH.has(path)) return textResponse(200, 'ok')
    return discovery(request, path) ?? openapi(request, path)
  }
}
