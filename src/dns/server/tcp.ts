import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { messageOf } from '../../lib/index.ts'
import type { Endpoint, ServerOptions } from './server.ts'

/** Connections at one address at once; more are closed at once, so that they cost no memory. */
const MAX_CONNECTIONS = 256
/** A connection on which nothing happens is closed after this long (RFC 7766 6.2.3). Milliseconds. */
const IDLE = 10_000
/** A client that doesn't read its answers is cut off when this much waits for it. Bytes. */
const MAX_UNREAD = 1 << 20

/**
 * Answers over TCP at one address (RFC 7766): as many queries on a connection as the client likes, each answered as soon
 * as it can be. Resolves when it listens; throws when it can't. Closes, with its connections, when `signal` aborts.
 */
export async function listenTcp({ address, port }: Endpoint, options: ServerOptions, signal: AbortSignal): Promise<void> {
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    serve(socket, options)
  })
  server.maxConnections = MAX_CONNECTIONS
  server.listen({ host: address, port, signal })
  await once(server, 'listening')
  server.on('error', (error) => options.log.warn({ error: messageOf(error) }, 'a connection could not be accepted'))
  signal.addEventListener('abort', () => connections.forEach((socket) => socket.destroy()), { once: true })
}

function serve(socket: Socket, { respond }: ServerOptions): void {
  const client = socket.remoteAddress ?? ''
  const send = (reply: Buffer): void => {
    if (!socket.writable) return
    socket.write(framed(reply))
    if (socket.writableLength > MAX_UNREAD) socket.destroy()
  }
  let rest: Buffer = Buffer.alloc(0)
  socket.setTimeout(IDLE, () => socket.destroy())
  socket.on('error', () => socket.destroy()) // the client's affair
  socket.on('data', (piece: Buffer) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0)
      respond({ message: rest.subarray(2, end), transport: 'tcp', client }, send)
      rest = rest.subarray(end)
    }
  })
}

/** Each message after its length in two bytes (RFC 1035 4.2.2), in one piece, so that it leaves in one packet. */
function framed(message: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(message.length + 2)
  bytes.writeUInt16BE(message.length, 0)
  message.copy(bytes, 2)
  return bytes
}
