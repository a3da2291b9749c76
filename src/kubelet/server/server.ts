import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { dirname } from 'node:path'
import { TLSSocket } from 'node:tls'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { messageOf } from '../../lib/index.ts'
import type { ServerOptions } from '../options.ts'
import type { Pods } from '../pod/pods.ts'
import type { ServerContext, Upgrade } from './context.ts'
import { answerLogs } from './logs.ts'
import { answerNodeLogs } from './node-logs.ts'
import { Refusal } from './refusal.ts'

/** The same as Go's server takes, in bytes: a command for exec travels in the query. */
const HEADER_LIMIT = 1024 * 1024

/**
 * Answers the API server: logs, exec, attach, port-forward (pkg/kubelet/server). Whoever shows no certificate of the
 * cluster's client authority doesn't get past the handshake, and beyond /healthz only an administrator does. Resolves with the port once it listens.
 */
export async function serve(options: ServerOptions, server: ServerContext, signal: AbortSignal): Promise<number> {
  const { certificate: cert, key, clientCA: ca, address, port } = options
  const https = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true, maxHeaderSize: HEADER_LIMIT })
  const open = new Set<Duplex>()
  https.on('request', (request, response) => void answer(server, request, response))
  https.on('upgrade', (request, socket, head) => void upgrade(server, { request, socket, head }))
  https.on('secureConnection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    https.once('error', reject)
    https.listen(port, address, resolve)
  })
  https.on('error', (error) => server.context.log.error({ error: messageOf(error) }, 'the server failed'))
  const close = (): void => {
    https.close()
    for (const socket of open) socket.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) close()
  return (https.address() as AddressInfo).port
}

async function answer({ pods, context }: ServerContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet')
  const [, what = '', ...names] = url.pathname.split('/')
  try {
    if (what === 'healthz') return void response.end('ok')
    checkClient(request.socket)
    if (what === 'pods') response.setHeader('content-type', 'application/json').end(podList(pods))
    else if (what === 'containerLogs') await answerLogs({ pods, context }, { names, query: url.searchParams, response })
    else if (what === 'logs') await answerNodeLogs(dirname(context.layout.logs), names, response)
    else throw new Refusal(404, '404 page not found')
  } catch (error) {
    if (response.headersSent) return void response.destroy()
    const code = error instanceof Refusal ? error.status : 500
    response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(messageOf(error))
  }
}

/**
 * Every node has a certificate of the cluster's authority, and may not look into another node's Pods by it: only an administrator
 * may, as which the API server comes (upstream asks the API server who may do what).
 */
function checkClient(socket: Socket): void {
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined
  const [user = 'system:anonymous'] = [subject?.CN ?? []].flat()
  if ([subject?.O].flat().includes(ADMINISTRATORS)) return
  throw new Refusal(403, `Forbidden (user=${user}, resource=nodes, subresource=proxy)`)
}

const ADMINISTRATORS = 'system:masters'

const podList = (pods: Pods): string => JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() })

async function upgrade(server: ServerContext, { request, socket, head }: Upgrade): Promise<void> {
  try {
    checkClient(request.socket)
    // Loaded by the first session: most nodes never have one.
    const { openSession } = await import('./session.ts')
    await openSession(server, { request, socket, head })
  } catch (error) {
    const [code, message] = [error instanceof Refusal ? error.status : 500, messageOf(error)]
    socket.end(`HTTP/1.1 ${code} Refused\r\ncontent-length: ${Buffer.byteLength(message)}\r\nconnection: close\r\n\r\n${message}`)
  }
}
