import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Headers, HttpRequest } from '../../wire/index.ts'
import { tooLarge } from '../http/status-error.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** As upstream's `MaxRequestBodyBytes`. */
export const BODY_LIMIT = 3 * 1024 * 1024

/** A request from the network. Its signal, which only watches look at, is made when it is asked for. */
export class Incoming implements HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body?: Uint8Array
  readonly #response: NodeResponse
  #gone: AbortController | undefined

  constructor(request: NodeRequest, response: NodeResponse, body?: Uint8Array) {
    this.method = request.method ?? 'GET'
    this.path = request.url ?? '/'
    this.headers = headersOf(request)
    this.body = body
    this.#response = response
  }

  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = (this.#gone = new AbortController())
      if (this.#response.closed || this.#response.destroyed) gone.abort()
      else this.#response.once('close', () => gone.abort())
    }
    return this.#gone.signal
  }
}

/** Joined as the contract of {@link Headers} says. */
export function headersOf(request: NodeRequest): Headers {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

/** The whole body. Throws RequestEntityTooLarge as soon as it is known to be. */
export async function readRequestBody(request: NodeRequest): Promise<Uint8Array | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge(BODY_LIMIT)
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > BODY_LIMIT) throw tooLarge(BODY_LIMIT)
    pieces.push(piece)
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
}
