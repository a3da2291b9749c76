import { createHash } from 'node:crypto'
import { openapiIndex, openapiPath, openapiV2, openapiV3 } from '../../api/openapi/index.ts'
import { schemas } from '../../api/schemas/index.ts'
import { encodeOpenapiV2 } from '../../wire/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import type { Kind } from '../api.ts'
import { parseAccept } from '../http/accept.ts'
import { bytesResponse, jsonResponse, withHeaders } from '../http/respond.ts'

type Route = (request: HttpRequest, path: string) => HttpResponse | undefined

/**
 * `/openapi/v2`, `/openapi/v3` and the documents below it; undefined for every other path. Documents are made when they
 * are asked for and not kept, for clients keep them: they come back only when the hash has changed.
 */
export function openapiRoutes(kinds: readonly Kind[]): Route {
  const [second, third] = [secondVersion(kinds), thirdVersion(kinds)]
  return (request, path) => second(request, path) ?? third(request, path)
}

const sha512 = (bytes: Buffer): string => createHash('sha512').update(bytes).digest('hex').toUpperCase()

function thirdVersion(kinds: readonly Kind[]): Route {
  const groupVersions = [...new Set(kinds.map(({ group, version }) => (group === '' ? version : `${group}/${version}`)))]
  const document = (groupVersion: string): Buffer => Buffer.from(JSON.stringify(openapiV3(groupVersion, kinds, schemas())))
  let hashes: ReadonlyMap<string, string> | undefined
  const known = (): ReadonlyMap<string, string> =>
    (hashes ??= new Map(groupVersions.map((each) => [each, sha512(document(each))])))
  return (request, path) => {
    if (path === '/openapi/v3') return jsonResponse(200, openapiIndex(known()))
    const wanted = groupVersions.find((groupVersion) => path === `/openapi/v3/${openapiPath(groupVersion)}`)
    if (!wanted) return undefined
    const etag = `"${known().get(wanted)}"`
    if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: new Uint8Array() }
    return withHeaders(bytesResponse(200, document(wanted)), { etag, 'cache-control': 'public, immutable' })
  }
}

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'
/** How the type was called while it was no valid media type, which is how kubectl asks for it. */
const DEPRECATED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const JSON_TYPE = 'application/json'
const FORMATS: Readonly<Record<string, string>> = {
  [JSON_TYPE]: JSON_TYPE,
  [PROTOBUF]: PROTOBUF,
  [DEPRECATED]: PROTOBUF,
  'application/*': JSON_TYPE,
  '*/*': JSON_TYPE,
}

/** As upstream's `kube-openapi/pkg/handler`. */
function secondVersion(kinds: readonly Kind[]): Route {
  const document = (): object => openapiV2(kinds, schemas())
  const make: Readonly<Record<string, () => Buffer>> = {
    [JSON_TYPE]: () => Buffer.from(JSON.stringify(document())),
    [PROTOBUF]: () => encodeOpenapiV2(document()),
  }
  const hashes = new Map<string, string>()
  return (request, path) => {
    if (path !== '/openapi/v2') return undefined
    const accepted = parseAccept(request.headers['accept']).find(({ type }) => FORMATS[type])
    const type = FORMATS[accepted?.type ?? '']
    if (!type) return { status: 406, headers: { vary: 'Accept' }, body: new Uint8Array() }
    let bytes: Buffer | undefined
    if (!hashes.has(type)) hashes.set(type, sha512((bytes = make[type]!())))
    const headers = { etag: `"${hashes.get(type)}"`, vary: 'Accept' }
    if (request.headers['if-none-match'] === headers.etag) return { status: 304, headers, body: new Uint8Array() }
    return withHeaders(bytesResponse(200, bytes ?? make[type]!(), type), headers)
  }
}
