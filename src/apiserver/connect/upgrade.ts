import type { IncomingMessage } from 'node:http'
import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { isImpersonation } from '../auth/impersonate.ts'
import type { KubeletTls } from '../options.ts'
import { internalError } from '../http/status-error.ts'
import type { StatusError } from '../http/status-error.ts'
import type { Route } from './kubelet.ts'

/** These are between the client and this server, not for whom it is passed on to. */
const OURS: ReadonlySet<string> = new Set(['authorization', 'host'])
/** Finding out that nobody is there takes no longer than this, in milliseconds. */
const CONNECT_TIMEOUT = 10_000

/**
 * Passes an upgraded connection through, byte by byte: whatever the two ends speak (WebSocket, SPDY/3.1) stays between
 * them. Either end's closing closes the other one. Resolves when both are gone.
 */
export async function passThrough(
  route: Route,
  tls: KubeletTls | undefined,
  client: { request: IncomingMessage; socket: Duplex; head: Buffer },
): Promise<void> {
  const { request, socket, head } = client
  const upstream = dial(route, tls)
  const gone = Promise.all([closed(socket), closed(upstream)])
  const abandon = setTimeout(() => upstream.destroy(new Error('timed out')), CONNECT_TIMEOUT)
  upstream.once(route.over === 'http' ? 'connect' : 'secureConnect', () => {
    clearTimeout(abandon)
    upstream.write(requestHead(request, route))
    if (head.length > 0) upstream.write(head)
    upstream.pipe(socket)
    socket.pipe(upstream)
  })
  let failure: Error | undefined
  upstream.once('error', (error) => (failure = error))
  upstream.once('close', () => {
    clearTimeout(abandon)
    if (failure && !socket.writableEnded) return refuse(socket, internalError(`error dialing backend: ${failure.message}`))
    socket.end()
    // A client that doesn't close its half is not waited for.
    setTimeout(() => socket.destroy(), CONNECT_TIMEOUT).unref()
  })
  socket.on('error', () => upstream.destroy())
  socket.once('close', () => upstream.destroy())
  await gone
}

function dial({ to, over }: Route, tls: KubeletTls | undefined): Duplex {
  if (over === 'http') return connectPlain({ ...to, noDelay: true, allowHalfOpen: true })
  const options: ConnectionOptions & { allowHalfOpen: boolean } = {
    ...to,
    ...identityFor(over, tls),
    ALPNProtocols: ['http/1.1'],
    allowHalfOpen: true,
  }
  return connectTls(options).setNoDelay(true)
}

/** What Pods show is their own matter, as nobody signs it. */
export const identityFor = (
  over: 'kubelet' | 'https',
  tls: KubeletTls | undefined,
): Pick<ConnectionOptions, 'cert' | 'key' | 'ca' | 'rejectUnauthorized'> =>
  over === 'https' ? { rejectUnauthorized: false } : { cert: tls?.certificate, key: tls?.key, ca: tls?.authority }

const closed = (socket: Duplex): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

/** The client's own request, in its own order and spelling, to another path. */
function requestHead(request: IncomingMessage, { to, path }: Route): string {
  const lines = [`${request.method} ${path} HTTP/1.1`, `Host: ${to.host}:${to.port}`]
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] as string
    if (!OURS.has(name.toLowerCase()) && !isImpersonation(name)) lines.push(`${name}: ${request.rawHeaders[index + 1]}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** Answers a request to upgrade by a Status instead. */
export function refuse(socket: Duplex, error: StatusError): void {
  const body = JSON.stringify(error.status)
  const head = [
    `HTTP/1.1 ${error.httpCode} ${STATUS_CODES[error.httpCode] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
