import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { messageOf } from '../../lib/index.ts'
import type { Endpoint, ServerOptions } from './server.ts'

/** What the kernel keeps while the process does something else: some thousands of queries. Bytes. */
const RECEIVE_BUFFER = 4 << 20

/**
 * Answers over UDP at one address, from that address: a client ignores an answer that comes from elsewhere. Resolves when it
 * listens; throws when it can't. Closes when `signal` aborts.
 */
export async function listenUdp({ address, port }: Endpoint, options: ServerOptions, signal: AbortSignal): Promise<void> {
  const { respond, log } = options
  const type = isIPv6(address) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER, lookup: noLookup, signal })
  const listening = once(socket, 'listening')
  socket.bind({ address, port, exclusive: true })
  await listening
  socket.on('error', (error) => log.warn({ error: messageOf(error) }, 'an answer could not be sent'))
  socket.on('message', (message, client) =>
    respond({ message, transport: 'udp', client: client.address }, replier(socket, client)),
  )
}

const replier =
  (socket: Socket, client: RemoteInfo) =>
  (reply: Buffer): void => {
    try {
      socket.send(reply, client.port, client.address)
    } catch {
      // closed while the answer was on its way: the client asks another server
    }
  }

/** Every address here is one already. */
const noLookup = (address: string, _: unknown, callback: (error: null, address: string, family: number) => void): void =>
  callback(null, address, isIPv6(address) ? 6 : 4)
