import { createHash } from 'node:crypto'
import { openapiIndex, openapiPath, openapiV3 } from '../../api/openapi/index.ts'
import { schemas } from '../../api/schemas/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import type { Kind } from '../api.ts'
import { bytesResponse, jsonResponse, withHeaders } from '../http/respond.ts'

/**
 * `/openapi/v3` and the documents below it; undefined for every other path. Documents are made when they are asked for
 * and not kept, for clients keep them: they come back only when the hash in the index has changed.
 */
export function openapiRoutes(kinds: readonly Kind[]): (request: HttpRequest, path: string) => HttpResponse | undefined {
  const groupVersions = [...new Set(kinds.map(({ group, version }) => (group === '' ? version : `${group}/${version}`)))]
  const document = (groupVersion: string): Buffer => Buffer.from(JSON.stringify(openapiV3(groupVersion, kinds, schemas())))
  let hashes: ReadonlyMap<string, string> | undefined
  const hashOf = (groupVersion: string): string => {
    hashes ??= new Map(
      groupVersions.map((each) => [each, createHash('sha256').update(document(each)).digest('hex').slice(0, 32).toUpperCase()]),
    )
    return hashes.get(groupVersion) ?? ''
  }
  return (request, path) => {
    if (path === '/openapi/v3') {
      hashOf('')
      return jsonResponse(200, openapiIndex(hashes ?? new Map()))
    }
    const wanted = groupVersions.find((groupVersion) => path === `/openapi/v3/${openapiPath(groupVersion)}`)
    if (!wanted) return undefined
    const etag = `"${hashOf(wanted)}"`
    if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: new Uint8Array() }
    return withHeaders(bytesResponse(200, document(wanted)), { etag, 'cache-control': 'public, immutable' })
  }
}
