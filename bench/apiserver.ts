/** What the API server does over TLS with 32 connections, the client beside it on the same machine. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

const CONNECTIONS = 32

interface Ready {
  readonly port: number
  readonly authority: string
  readonly client: { readonly certificate: string; readonly key: string }
}

const server = fork(new URL('./apiserver/serve.ts', import.meta.url))
const [{ port, authority, client }] = (await once(server, 'message')) as [Ready]
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ca: authority, cert: client.certificate, key: client.key })
const watchers = new Agent({ keepAlive: true, ca: authority, cert: client.certificate, key: client.key })

async function ask(method: string, path: string, body?: unknown): Promise<Buffer> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    agent,
    method,
    path,
    headers: body ? { 'content-type': 'application/json' } : {},
  })
  outgoing.end(body && JSON.stringify(body))
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  const bytes = await buffer(answer)
  if ((answer.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${bytes.toString()}`)
  return bytes
}

/** `count` of them, as many at once as there are connections. */
async function rate(what: string, count: number, one: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const start = performance.now()
  const worker = async (): Promise<void> => {
    while (next < count) await one(next++)
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  console.log(`${what}: ${Math.round((count / (performance.now() - start)) * 1000)}/s`)
}

async function rss(): Promise<number> {
  server.send('rss')
  const [{ rss: bytes }] = (await once(server, 'message')) as [{ rss: number }]
  return Math.round(bytes / 1024 / 1024)
}

const configMap = (name: string) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  data: { text: 'x'.repeat(1000) },
})
const service = (name: string) => ({ kind: 'Service', apiVersion: 'v1', metadata: { name, labels: { app: name } }, spec: { selector: { app: name }, ports: [{ port: 80 }] } }) // prettier-ignore

async function watch(events: number): Promise<void> {
  const outgoing = request({ host: '127.0.0.1', port, agent: watchers, path: '/api/v1/secrets?watch=1&resourceVersion=1' })
  outgoing.end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  let lines = 0
  for await (const piece of answer as AsyncIterable<Buffer>) {
    for (const byte of piece) if (byte === 10) lines++
    if (lines >= events) break
  }
  outgoing.destroy()
}

console.log(`memory after the start: ${await rss()} MB`)
const base = '/api/v1/namespaces/default'
await rate('warm up', 500, (index) => ask('POST', `${base}/configmaps`, configMap(`warm-${index}`)))
await rate('create ConfigMap of 1 kB', 5_000, (index) => ask('POST', `${base}/configmaps`, configMap(`c${index}`)))
await rate('create Service', 10_000, (index) => ask('POST', `${base}/services`, service(`s${index}`)))
await rate('get Service', 10_000, (index) => ask('GET', `${base}/services/s${index % 1000}`))
for (const limit of [2202, 10_001]) {
  const start = performance.now()
  const bytes = await ask('GET', `/api/v1/services?limit=${limit}`)
  console.log(`list of ${limit} Services: ${(performance.now() - start).toFixed(1)} ms, ${Math.round(bytes.length / 1024)} kB`)
}
const selectorStart = performance.now()
await ask('GET', '/api/v1/services?labelSelector=app%3Ds77')
console.log(`1 of 10,000 Services by label: ${(performance.now() - selectorStart).toFixed(1)} ms`)
const done = Promise.all(Array.from({ length: 100 }, () => watch(200)))
await delay(1000)
const start = performance.now()
await Promise.all(
  Array.from({ length: 200 }, (_, index) =>
    ask('POST', `${base}/secrets`, { kind: 'Secret', apiVersion: 'v1', metadata: { name: `e${index}` } }),
  ),
)
await done
console.log(`200 events to 100 watchers: ${(performance.now() - start).toFixed(0)} ms`)
console.log(`memory at the end: ${await rss()} MB`)
server.disconnect()
process.exit()
