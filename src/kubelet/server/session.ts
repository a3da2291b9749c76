import { WebSocketServer } from 'ws'
import { CHANNEL_PROTOCOLS } from '../../wire/index.ts'
import { openAttach } from './attach.ts'
import { channelsOf } from './channels.ts'
import { openExec } from './exec.ts'
import { findRunning } from './find.ts'
import { Refusal } from './refusal.ts'
import type { ServerContext, Upgrade } from './server.ts'

/** Begins `/exec/…` or `/attach/…` on an upgraded connection; throws a {@link Refusal} before it is upgraded. */
export async function openSession(server: ServerContext, { request, socket, head }: Upgrade): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet')
  const [, what = '', ...names] = url.pathname.split('/')
  const open = { exec: openExec, attach: openAttach }[what]
  if (!open) throw new Refusal(404, '404 page not found')
  const found = findRunning(server.pods, names)
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const protocol = CHANNEL_PROTOCOLS.find((name) => offered.includes(name))
  if (!protocol) throw new Refusal(400, `none of the protocols "${offered.join(', ')}" is one of ${CHANNEL_PROTOCOLS.join(', ')}`)
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => protocol, perMessageDeflate: false })
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    void open(channelsOf(webSocket), { found, query: url.searchParams, context: server.context })
  })
}
