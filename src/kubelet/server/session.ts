import type { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { type Channel, CHANNEL_PROTOCOLS } from '../../wire/index.ts'
import { openAttach } from './attach.ts'
import { type Channels, channelsOf } from './channels.ts'
import { isWanted, openExec, type Session } from './exec.ts'
import { findPod, findRunning } from './find.ts'
import { openPortChannels, PORT_CHANNELS } from './port-channels.ts'
import { openPortForward } from './port-forward.ts'
import { Refusal } from './refusal.ts'
import type { ServerContext, Upgrade } from './context.ts'
import { spdyChannels } from './spdy-channels.ts'

const PORT_FORWARD = 'portforward.k8s.io'
/** SPDY inside a WebSocket (KEP-4006). */
const TUNNEL = `SPDY/3.1+${PORT_FORWARD}`
/** The sub-protocols of exec and attach in SPDY. */
const SPDY_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

/** Begins what an upgraded connection asks for; throws a {@link Refusal} before it is upgraded. */
export async function openSession(server: ServerContext, upgrade: Upgrade): Promise<void> {
  const url = new URL(upgrade.request.url ?? '/', 'https://kubelet')
  const [, what = '', ...names] = url.pathname.split('/')
  if (what === 'portForward') {
    const found = findPod(server.pods, names[0] ?? '', names[1] ?? '')
    if (isSpdy(upgrade)) return openPortForward(acceptSpdy(upgrade, [PORT_FORWARD]), found, server.context)
    const protocol = choose(upgrade.request.headers['sec-websocket-protocol'], [TUNNEL, PORT_CHANNELS])
    const socket = await acceptWebSocket(upgrade, [protocol])
    if (protocol === TUNNEL) return openPortForward(createWebSocketStream(socket), found, server.context)
    const ports = url.searchParams.getAll('port').map(Number)
    return openPortChannels(socket, ports, { found, context: server.context })
  }
  const open = { exec: openExec, attach: openAttach }[what]
  if (!open) throw new Refusal(404, '404 page not found')
  const found = findRunning(server.pods, names)
  const session: Session = { found, query: url.searchParams, context: server.context }
  await open(await acceptChannels(upgrade, url.searchParams), session)
}

async function acceptChannels(upgrade: Upgrade, query: URLSearchParams): Promise<Channels> {
  if (!isSpdy(upgrade)) return channelsOf(await acceptWebSocket(upgrade, CHANNEL_PROTOCOLS))
  const tty = isWanted(query, 'tty')
  const wanted: readonly [Channel, boolean][] = [
    ['error', true],
    ['stdin', isWanted(query, 'input')],
    ['stdout', isWanted(query, 'output')],
    ['stderr', isWanted(query, 'error') && !tty],
    ['resize', tty],
  ]
  const expected = wanted.filter(([, is]) => is).map(([channel]) => channel)
  return spdyChannels(acceptSpdy(upgrade, SPDY_PROTOCOLS), expected)
}

const isSpdy = ({ request }: Upgrade): boolean => request.headers.upgrade?.toLowerCase() === 'spdy/3.1'

/** The first of `known` that the client offers; throws a {@link Refusal} when there is none. */
function choose(offers: string | string[] | undefined, known: readonly string[]): string {
  const offered = [offers ?? []].flat().flatMap((names) => names.split(',').map((name) => name.trim()))
  const protocol = known.find((name) => offered.includes(name))
  if (protocol) return protocol
  throw new Refusal(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports ${offered.join(', ')}, server accepts ${known.join(', ')}`,
  )
}

function acceptSpdy({ request, socket, head }: Upgrade, known: readonly string[]): Duplex {
  const protocol = choose(request.headers['x-stream-protocol-version'], known)
  const headers = ['connection: Upgrade', 'upgrade: SPDY/3.1', `x-stream-protocol-version: ${protocol}`]
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('\r\n')}\r\n\r\n`)
  if (head.length > 0) socket.unshift(head)
  return socket
}

function acceptWebSocket({ request, socket, head }: Upgrade, known: readonly string[]): Promise<WebSocket> {
  const protocol = choose(request.headers['sec-websocket-protocol'], known)
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  // ws knows no sub-protocol with a slash in its name, so it is told of none and the answer is given here.
  delete request.headers['sec-websocket-protocol']
  sockets.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`))
  return new Promise((resolve) => {
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.pause()
      resolve(webSocket)
    })
  })
}
