/** Clients of the benched server: connections that stay open, over TLS, in a process beside it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { buffer } from 'node:stream/consumers'

export const CONNECTIONS = 32

interface Ready {
  readonly port: number
  readonly authority: string
  readonly client: { readonly certificate: string; readonly key: string }
}

export interface Bench {
  /** Throws when the answer is a refusal. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Buffer>
  /** Tells of each piece until `listener` says true; resolves with it open, and with its end. */
  readonly watch: (path: string, listener: (piece: Buffer) => boolean) => Promise<{ readonly done: Promise<void> }>
  /** Resident memory of the server's process, in MB. */
  memory(): Promise<number>
  close(): void
}

export async function startServer(): Promise<Bench> {
  const server = fork(new URL('./serve.ts', import.meta.url))
  const [{ port, authority, client }] = (await once(server, 'message')) as [Ready]
  const tls = { keepAlive: true, ca: authority, cert: client.certificate, key: client.key }
  const [agent, watchers] = [new Agent({ ...tls, maxSockets: CONNECTIONS }), new Agent(tls)]
  const open = (method: string, path: string, { body, via }: { body?: unknown; via: Agent }): Promise<[IncomingMessage]> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const headers = body === undefined ? {} : { 'content-type': type }
    const outgoing = request({ host: '127.0.0.1', port, agent: via, method, path, headers })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    return once(outgoing, 'response') as Promise<[IncomingMessage]>
  }
  return {
    ask: async (method, path, body) => {
      const [answer] = await open(method, path, { body, via: agent })
      const bytes = await buffer(answer)
      if ((answer.statusCode ?? 500) < 300) return bytes
      throw new Error(`${method} ${path}: ${answer.statusCode} ${bytes.toString()}`)
    },
    watch: async (path, listener) => {
      const [answer] = await open('GET', path, { via: watchers })
      answer.on('data', (piece: Buffer) => listener(piece) && answer.destroy())
      return { done: new Promise((resolve) => answer.once('close', resolve)) }
    },
    memory: async () => {
      server.send('memory')
      const [{ rss }] = (await once(server, 'message')) as [{ rss: number }]
      return Math.round(rss / 1024 / 1024)
    },
    close: () => server.disconnect(),
  }
}

/** `count` of them, `atOnce` at a time. Resolves with how many there were in a second. */
export async function rate(count: number, one: (index: number) => Promise<unknown>, atOnce = CONNECTIONS): Promise<number> {
  let next = 0
  const start = performance.now()
  const worker = async (): Promise<void> => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (count / (performance.now() - start)) * 1000
}
