import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { readBody } from '../../wire/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import { StatusError } from './status-error.ts'

const compress = promisify(gzip)
/** Smaller answers aren't worth it: upstream's `defaultGzipThresholdBytes`. */
const GZIP_FROM = 128 * 1024

const NO_CACHE = { 'cache-control': 'no-cache, private' }

export const bytesResponse = (status: number, body: Uint8Array, contentType = 'application/json'): HttpResponse => ({
  status,
  headers: { ...NO_CACHE, 'content-type': contentType, 'content-length': String(body.length) },
  body,
})

/** What is too large to be put together for one answer. */
export function piecesResponse(status: number, pieces: readonly Uint8Array[], contentType: string): HttpResponse {
  const size = pieces.reduce((sum, { length }) => sum + length, 0)
  const headers = { ...NO_CACHE, 'content-type': contentType, 'content-length': String(size) }
  return { status, headers, body: inTurn(pieces) }
}

// oxlint-disable-next-line typescript/require-await -- a body in pieces is an asynchronous iterable, whatever it waits for
async function* inTurn(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

export const jsonResponse = (status: number, value: unknown): HttpResponse =>
  bytesResponse(status, Buffer.from(JSON.stringify(value)))

export const textResponse = (status: number, text: string): HttpResponse =>
  bytesResponse(status, Buffer.from(text), 'text/plain; charset=utf-8')

export function statusResponse(error: StatusError): HttpResponse {
  const response = jsonResponse(error.httpCode, error.status)
  const after = error.status.details?.retryAfterSeconds
  return after ? withHeaders(response, { 'retry-after': String(after) }) : response
}

export const withHeaders = (response: HttpResponse, headers: Record<string, string>): HttpResponse => ({
  ...response,
  headers: { ...response.headers, ...headers },
})

/** RFC 7234 5.5 with code 299, as kubectl prints it. */
export function withWarnings(response: HttpResponse, texts: readonly string[]): HttpResponse {
  if (texts.length === 0) return response
  const warning = texts.map((text) => `299 - ${JSON.stringify(text)}`).join(', ')
  return withHeaders(response, { warning })
}

/** A large answer in fewer bytes, when the asker takes them. A watch, whose size isn't known, goes as it is. */
export async function compressed(request: HttpRequest, response: HttpResponse): Promise<HttpResponse> {
  if (Number(response.headers['content-length'] ?? 0) < GZIP_FROM) return response
  if (!request.headers['accept-encoding']?.includes('gzip') || response.headers['content-encoding']) return response
  const small = await compress(await readBody(response), { level: constants.Z_BEST_SPEED })
  return withHeaders(
    { ...response, body: small },
    { 'content-encoding': 'gzip', 'content-length': String(small.length), vary: 'Accept-Encoding' },
  )
}
