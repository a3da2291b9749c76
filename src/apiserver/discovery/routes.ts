import { createHash } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import { bytesResponse, jsonResponse, withHeaders } from '../http/respond.ts'
import { aggregated, aggregatedType, wantsAggregated } from './aggregated.ts'
import { groupVersions } from './discovery.ts'
import type { Served } from './discovery.ts'
import { apiGroup, apiVersions, groupList, resourceList } from './legacy.ts'

/** Answers `/api`, `/apis` and what is below them that isn't an object. Undefined for every other path. */
export function discoveryRoutes(
  kinds: readonly Served[],
  serverAddress: string,
): (request: HttpRequest, path: string) => HttpResponse | undefined {
  const served = groupVersions(kinds)
  return (request, path) => {
    const [, root, group = '', version = '', more] = path.replace(/\/$/, '').split('/')
    if (more !== undefined || (root !== 'api' && root !== 'apis')) return undefined
    const ofRoot = served.filter((entry) => (entry.group === '') === (root === 'api'))
    if (group === '') {
      const wanted = wantsAggregated(request.headers['accept'])
      if (wanted) return cached(request, aggregated(ofRoot, wanted), aggregatedType(wanted))
      return jsonResponse(200, root === 'api' ? apiVersions(serverAddress) : groupList(ofRoot))
    }
    if (root === 'apis' && version === '')
      return ofRoot.some((entry) => entry.group === group) ? jsonResponse(200, apiGroup(ofRoot, group)) : undefined
    const wanted = root === 'api' ? { group: '', version: group } : { group, version }
    const found = ofRoot.find((entry) => entry.group === wanted.group && entry.version === wanted.version)
    return found && jsonResponse(200, resourceList(found))
  }
}

/** kubectl keeps discovery on disk and asks whether it is still the same. */
export function cached(request: HttpRequest, value: unknown, contentType: string): HttpResponse {
  const body = Buffer.from(JSON.stringify(value))
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32).toUpperCase()}"`
  const headers = { etag, vary: 'Accept' }
  if (request.headers['if-none-match'] === etag) return { status: 304, headers, body: new Uint8Array() }
  return withHeaders(bytesResponse(200, body, contentType), headers)
}
