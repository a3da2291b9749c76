import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { Http2SecureServer, Http2Session } from 'node:http2'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { messageOf } from '../../lib/index.ts'
import type { Logger } from '../../lib/index.ts'
import type { HttpRequest, HttpResponse } from '../../wire/index.ts'
import { anonymous } from '../auth/user.ts'
import type { User } from '../auth/user.ts'
import { refuse } from '../connect/upgrade.ts'
import { statusResponse } from '../http/respond.ts'
import { StatusError, unauthorized } from '../http/status-error.ts'
import { userOfCertificate } from './certificate-user.ts'
import { Incoming, readRequestBody } from './incoming.ts'
import type { NodeRequest, NodeResponse } from './incoming.ts'
import { send } from './send.ts'

/** An address in the current network namespace, or a listening socket that was inherited. */
export type ListenOn = { readonly host: string; readonly port: number } | { readonly fd: number }

/** PEM. */
export interface ServerTls {
  readonly certificate: string
  readonly key: string
  /** Who signs the certificates of clients. */
  readonly clientAuthority: string
}

export interface Listener {
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

export interface ListenOptions {
  readonly on: ListenOn
  readonly tls: ServerTls
  readonly log: Logger
  /** Who bears a token; undefined when it isn't believed. */
  readonly authenticate: (token: string) => User | undefined
  readonly answer: (request: HttpRequest, user: User) => Promise<HttpResponse>
  /** Takes over a connection that is to be upgraded. Never rejects. */
  readonly upgrade: (client: UpgradeRequest, user: User) => Promise<void>
}

/** The same as Go's server takes, in bytes: a command for exec travels in the query. */
const HEADER_LIMIT = 1024 * 1024
/** The types don't know that it is passed on to HTTP/1.1. */
const http1 = { maxHeaderSize: HEADER_LIMIT }
/**
 * What one HTTP/2 connection may hold back for its client, in megabytes. At Node's 10 a client that lists several large
 * collections at once has its other requests refused (`ENHANCE_YOUR_CALM`); Go's server knows no such bound.
 */
const SESSION_MEMORY = 256
/** A connection whose other end has vanished is found out after this, in milliseconds. */
const KEEP_ALIVE = 30_000

/** HTTP/2 and HTTP/1.1 on one port, told apart by ALPN. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { tls, on } = options
  const users = new WeakMap<object, User | 'unknown'>()
  const server = createSecureServer(
    {
      key: tls.key,
      cert: tls.certificate,
      ca: tls.clientAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      allowHTTP1: true,
      ...http1,
      // A stream to a kubelet may be closed one way only; HTTP itself doesn't mind.
      allowHalfOpen: true,
      settings: { maxHeaderListSize: HEADER_LIMIT },
      maxSessionMemory: SESSION_MEMORY,
    },
    (request, response) => void respond(options, users, { request, response }),
  )
  const sessions = track(server)
  server.on(
    'upgrade',
    (request: IncomingMessage, socket: Duplex, head: Buffer) => void takeOver(options, users, { request, socket, head }),
  )
  server.listen('fd' in on ? { fd: on.fd } : { host: on.host, port: on.port })
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  return { address, port, close: () => close(server, sessions) }
}

export interface UpgradeRequest {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

interface Exchange {
  readonly request: NodeRequest
  readonly response: NodeResponse
}

async function respond(
  { answer, authenticate, log }: ListenOptions,
  users: WeakMap<object, User | 'unknown'>,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange
  try {
    const user = identified(authenticate, userOf(users, request), request)
    const incoming = new Incoming(request, response, await readRequestBody(request))
    await send(response, await answer(incoming, user), request.method === 'HEAD')
  } catch (error) {
    if (error instanceof StatusError) return send(response, statusResponse(error))
    log.debug({ error: messageOf(error) }, 'a request ended early')
    response.destroy()
  }
}

async function takeOver(
  { upgrade, authenticate }: ListenOptions,
  users: WeakMap<object, User | 'unknown'>,
  client: UpgradeRequest,
): Promise<void> {
  try {
    await upgrade(client, identified(authenticate, userOf(users, client.request), client.request))
  } catch (error) {
    if (error instanceof StatusError) refuse(client.socket, error)
    else client.socket.destroy()
  }
}

/** Looked at once for each connection. Throws Unauthorized when it can't be known. */
function userOf(users: WeakMap<object, User | 'unknown'>, request: NodeRequest): User {
  const connection = 'stream' in request ? (request.stream.session as Http2Session) : request.socket
  let user = users.get(connection)
  if (!user) {
    const socket = ('socket' in connection ? connection.socket : connection) as TLSSocket
    users.set(connection, (user = userOfCertificate(socket) ?? 'unknown'))
  }
  if (user === 'unknown') throw unauthorized()
  return user
}

/** Who shows no certificate may show a token (RFC 6750 2.1). Throws Unauthorized when it isn't believed. */
function identified(authenticate: ListenOptions['authenticate'], user: User, { headers }: Pick<NodeRequest, 'headers'>): User {
  const [, token] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? []
  if (user !== anonymous || token === undefined) return user
  const bearer = authenticate(token)
  if (!bearer) throw unauthorized()
  return bearer
}

/** Everything that is open, also what is still shaking hands, so that closing needn't wait for it. */
function track(server: Http2SecureServer): Set<Socket> {
  const open = new Set<Socket>()
  const keep = (socket: Socket): void => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  server.on('connection', (socket: Socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE)
    socket.setNoDelay(true)
    keep(socket)
  })
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => socket.destroy()) // a client that goes away in the middle is no error of ours
    keep(socket)
  })
  server.on('sessionError', () => {})
  return open
}

async function close(server: Http2SecureServer, open: Set<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const connection of open) connection.destroy()
  await closed
}
