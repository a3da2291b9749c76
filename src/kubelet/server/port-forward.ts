import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { connectIn, sandboxPaths } from '../../kernel/index.ts'
import { messageOf } from '../../lib/index.ts'
import { serveSpdy, type SpdyStream } from '../../wire/index.ts'
import type { KubeletContext } from '../context.ts'
import type { Found } from './find.ts'

/**
 * `/portForward/{namespace}/{pod}`: every forwarded connection is two SPDY streams with the same `requestID`, one for
 * bytes and one for what went wrong (KEP-4006 puts the same into a WebSocket). The Pod's end is its own 127.0.0.1.
 */
export function openPortForward(connection: Duplex, found: Found, context: KubeletContext): void {
  const errors = new Map<string, Duplex>()
  serveSpdy(connection, ({ headers, duplex }: SpdyStream) => {
    const request = headers['requestid'] ?? ''
    duplex.on('error', () => duplex.destroy())
    if (headers['streamtype'] === 'error') {
      errors.set(request, duplex)
      return
    }
    const error = errors.get(request)
    errors.delete(request)
    void forward(duplex, { port: Number(headers['port']), error, found, context })
  })
}

interface Forwarding {
  readonly port: number
  readonly error: Duplex | undefined
  readonly found: Found
  readonly context: KubeletContext
}

async function forward(client: Duplex, { port, error, found, context }: Forwarding): Promise<void> {
  const complain = (reason: unknown): void => {
    const { uid } = found.state
    error?.end(`error forwarding port ${port} to pod ${uid}, uid : ${messageOf(reason)}`)
    // The client waits for the end of both streams before it says what went wrong.
    client.resume()
    client.end()
  }
  try {
    const server = await connectToPod(found, port, context)
    server.once('error', complain)
    server.once('close', () => {
      error?.end()
      client.end()
    })
    client.once('close', () => server.destroy())
    // It may have gone while the Pod was asked.
    if (client.destroyed) return void server.destroy()
    client.pipe(server).pipe(client)
  } catch (reason) {
    complain(reason)
  }
}

/**
 * Resolves once the Pod has taken the connection: its 127.0.0.1 is asked first, then its ::1, as by containerd. A Pod in the
 * node's network shares the network namespace of this process. Rejects with what 127.0.0.1 said when neither takes it.
 */
export async function connectToPod({ pod, state }: Found, port: number, { layout }: KubeletContext): Promise<Socket> {
  const { network } = sandboxPaths(layout.sandboxes, state.sandbox?.name ?? '')
  const namespace = pod.spec?.hostNetwork ? '/proc/self/ns/net' : network
  const connect = async (host: '127.0.0.1' | '::1'): Promise<Socket> => {
    const socket = await connectIn(namespace, port, host)
    await once(socket, 'connect')
    return socket
  }
  try {
    return await connect('127.0.0.1')
  } catch (refused) {
    return await connect('::1').catch(() => {
      throw refused
    })
  }
}
