import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import type { Found } from './find.ts'
import { connectToPod } from './port-forward.ts'

/** The sub-protocol in which each message begins with the number of its channel. */
export const PORT_CHANNELS = 'v4.channel.k8s.io'

/**
 * Port-forward without SPDY, as clients in browsers and other languages ask for it: the n-th port's bytes are channel 2n,
 * what went wrong with it is channel 2n + 1, and each begins with the port's number (kubelet's `portforward/websocket.go`).
 */
export function openPortChannels(
  socket: WebSocket,
  ports: readonly number[],
  { found, context }: { readonly found: Found; readonly context: KubeletContext },
): void {
  const send = (channel: number, data: Uint8Array): void => socket.send(Buffer.concat([Buffer.of(channel), data]))
  const servers = ports.map((port, index) => {
    for (const channel of [2 * index, 2 * index + 1]) send(channel, Buffer.of(port & 255, port >> 8))
    const complain = (reason: unknown): void =>
      send(2 * index + 1, Buffer.from(`error forwarding port ${port} to pod ${found.state.uid}, uid : ${messageOf(reason)}`))
    const server = connectToPod(found, port, context)
    server.then((connection) => attach(connection, { socket, channel: 2 * index, complain }), complain)
    return server.catch(() => undefined)
  })
  socket.on('message', (message: Buffer) => {
    const server = servers[(message[0] ?? 0) / 2]
    void server?.then((connection) => connection?.write(message.subarray(1)))
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    for (const server of servers) void server.then((connection) => connection?.destroy())
  })
  socket.resume()
}

interface Attached {
  readonly socket: WebSocket
  readonly channel: number
  readonly complain: (reason: unknown) => void
}

/** A client that reads slowly makes the Pod wait. */
function attach(server: Socket, { socket, channel, complain }: Attached): void {
  server.on('data', (data: Buffer) => {
    server.pause()
    socket.send(Buffer.concat([Buffer.of(channel), data]), () => server.resume())
  })
  server.once('error', complain)
  server.once('close', () => socket.close(1000))
}
