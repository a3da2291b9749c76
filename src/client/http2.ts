import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { PortolanError } from '../lib/index.ts'
import type { Handler, HttpRequest, HttpResponse } from '../wire/index.ts'

/** Lists of thousands of objects would crawl through HTTP/2's default window of 64 KiB. */
const WINDOW = 8 << 20
/** A server that is gone without saying so is noticed within two of these; milliseconds. */
const PING_INTERVAL = 10_000

export interface ServerAccess {
  /** `https://127.0.0.1:6443` */
  readonly server: string
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string
  /** A client certificate and its key, PEM; or a bearer token. */
  readonly cert?: string
  readonly key?: string
  readonly token?: string
  /** The name to expect in the server's certificate where it isn't the host of `server`. */
  readonly tlsServerName?: string
}

export interface Connection {
  readonly handler: Handler
  close(): void
}

/**
 * All requests to one server over one HTTP/2 connection, made when first needed and made anew after it broke. A request
 * whose connection breaks is rejected, never repeated: only its sender knows whether that would be safe.
 */
export function connectHttp2(access: ServerAccess): Connection {
  let session: ClientHttp2Session | undefined
  const ensure = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session
    session = openSession(access)
    return session
  }
  return {
    handler: (request) => send(ensure(), request, access.token),
    close: () => session?.destroy(),
  }
}

function openSession(access: ServerAccess): ClientHttp2Session {
  const session = connect(access.server, {
    ca: access.ca,
    cert: access.cert,
    key: access.key,
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    settings: { initialWindowSize: WINDOW, enablePush: false },
  })
  let answered = true
  const heartbeat = setInterval(() => {
    if (session.destroyed) return
    if (!answered) {
      session.destroy(new PortolanError('ConnectionLost', `${access.server} no longer answers`))
      return
    }
    answered = false
    session.ping(() => (answered = true))
  }, PING_INTERVAL)
  heartbeat.unref()
  session.on('connect', () => session.setLocalWindowSize(WINDOW * 4))
  session.on('error', () => {}) // every open request is told by its own stream
  session.on('close', () => clearInterval(heartbeat))
  session.on('goaway', () => session.close())
  return session
}

function send(session: ClientHttp2Session, request: HttpRequest, token: string | undefined): Promise<HttpResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>()
  if (request.signal?.aborted) return Promise.reject(request.signal.reason)
  const stream = session.request(
    {
      ...request.headers,
      ':method': request.method,
      ':path': request.path,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    { endStream: request.body === undefined },
  )
  const abort = (): void => stream.close(constants.NGHTTP2_CANCEL)
  request.signal?.addEventListener('abort', abort, { once: true })
  stream.on('close', () => {
    request.signal?.removeEventListener('abort', abort)
    reject(
      request.signal?.aborted
        ? request.signal.reason
        : new PortolanError('ConnectionLost', 'the connection closed before an answer came'),
    )
  })
  stream.on('error', (error) => reject(new PortolanError('ConnectionLost', 'no answer from the API server', { cause: error })))
  stream.on('response', (headers) =>
    resolve({ status: Number(headers[':status']), headers: plain(headers), body: pieces(stream) }),
  )
  if (request.body !== undefined) stream.end(request.body)
  return promise
}

/** The stream's data; a stream that was reset or cancelled is an error for whoever reads on. */
async function* pieces(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield piece
  if (stream.rstCode !== constants.NGHTTP2_NO_ERROR)
    throw new PortolanError('ConnectionLost', 'the connection closed in the middle of an answer')
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(':'))
  return Object.fromEntries(entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]))
}
