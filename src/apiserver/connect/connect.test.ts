import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { RequestOptions, Server } from 'node:https'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { json, text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { after, before, test } from 'node:test'
import { createApiServer } from '../server.ts'
import type { ApiServer } from '../server.ts'
import { admin } from '../auth/user.ts'
import { isProxyable } from './proxyable.ts'
import { testAuthority } from '../testing/certificates.ts'
import type { Identity, TestAuthority } from '../testing/certificates.ts'
import { testOptions } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

let authority: TestAuthority
let server: ApiServer
let port: number
let root: Identity
let kubelet: Server
/** What the kubelet was asked: `exec /exec/… by CN`. */
let asked: string[]
let open: Set<Duplex>

before(async () => {
  authority = await testAuthority()
  root = await authority.client('CN=root, O=system:masters')
  asked = []
  open = new Set()
  kubelet = await fakeKubelet()
  const { certificate, key } = await authority.client('CN=kube-apiserver-kubelet-client, O=system:masters')
  server = await createApiServer(testOptions({ kubelet: { certificate, key, authority: authority.certificate } }))
  const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
  port = (await server.listen({ host: '127.0.0.1', port: 0 }, tls)).port
  await populate((kubelet.address() as AddressInfo).port)
})
after(async () => {
  await server.close()
  kubelet.closeAllConnections()
  kubelet.close()
})

/** Serves logs, echoes streams in capitals, and wants to see a certificate. */
async function fakeKubelet(): Promise<Server> {
  const tls = await authority.server()
  const fake = createServer(
    { cert: tls.certificate, key: tls.key, ca: authority.certificate, requestCert: true },
    (incoming, outgoing) => {
      note(incoming)
      if (incoming.url?.includes('previous'))
        outgoing.writeHead(400).end('previous terminated container "c" in pod "web" not found')
      else outgoing.writeHead(200, { 'content-type': 'text/plain' }).end('line 1\nline 2\n')
    },
  )
  fake.on('upgrade', (incoming: IncomingMessage, socket: Duplex) => {
    note(incoming)
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade}\r\n\r\n`)
    socket.on('data', (piece: Buffer) => socket.write(piece.toString().toUpperCase()))
    socket.on('end', () => socket.end('bye'))
  })
  fake.listen(0, '127.0.0.1')
  await once(fake, 'listening')
  return fake
}

const note = ({ url, socket }: IncomingMessage): number =>
  asked.push(`${url} by ${(socket as TLSSocket).getPeerCertificate().subject.CN as string}`)

async function populate(kubeletPort: number): Promise<void> {
  const handler = server.handlerFor(admin)
  const write = async (method: string, path: string, object: object): Promise<void> => {
    const { status } = await handler({ method, path, headers: {}, body: Buffer.from(JSON.stringify(object)) })
    assert.ok(status < 300, `${method} ${path}: ${status}`)
  }
  const node = { kind: 'Node', apiVersion: 'v1', metadata: { name: 'node1' } }
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
  }
  await write('POST', '/api/v1/nodes', node)
  await write('PUT', '/api/v1/nodes/node1/status', { ...node, status })
  const containers = (...names: string[]) => names.map((name) => ({ name, image: 'x' }))
  const pod = (name: string, spec: object) => ({ kind: 'Pod', apiVersion: 'v1', metadata: { name }, spec })
  await write('POST', '/api/v1/namespaces/default/pods', pod('web', { nodeName: 'node1', containers: containers('c') }))
  await write('POST', '/api/v1/namespaces/default/pods', pod('two', { nodeName: 'node1', containers: containers('a', 'b') }))
  await write('POST', '/api/v1/namespaces/default/pods', pod('waiting', { containers: containers('c') }))
}

const client = (): RequestOptions => ({
  host: '127.0.0.1',
  port,
  ca: authority.certificate,
  cert: root.certificate,
  key: root.key,
  agent: false,
})

async function get(path: string): Promise<IncomingMessage> {
  const outgoing = request({ ...client(), path: path.startsWith('/') ? path : `/api/v1/namespaces/default/pods/${path}` })
  outgoing.end()
  return ((await once(outgoing, 'response')) as [IncomingMessage])[0]
}

async function upgrade(path: string, protocol = 'SPDY/3.1'): Promise<{ socket: Duplex; answer: IncomingMessage }> {
  const headers = { connection: 'Upgrade', upgrade: protocol }
  const outgoing = request({ ...client(), method: 'POST', path: `/api/v1/namespaces/default/pods/${path}`, headers })
  outgoing.end()
  const [answer, socket] = (await once(outgoing, 'upgrade')) as [IncomingMessage, Duplex]
  return { answer, socket }
}

test('exec passes bytes both ways, to the kubelet of the Pod, in its own words [POD-7]', async () => {
  const { socket, answer } = await upgrade('web/exec?command=echo&command=a%20b&stdin=true&stdout=true&tty=false')
  assert.equal(answer.headers['upgrade'], 'SPDY/3.1')
  assert.equal(asked.at(-1), '/exec/default/web/c?input=1&output=1&command=echo&command=a+b by kube-apiserver-kubelet-client')
  socket.write('hello')
  assert.equal(String((await once(socket, 'data'))[0]), 'HELLO')
  socket.end()
  assert.equal(await text(socket), 'bye')
})

test('attach and port-forward likewise [POD-7]', async () => {
  for (const [path, there] of [
    ['web/attach?stdout=1', '/attach/default/web/c?output=1'],
    ['web/portforward?ports=80', '/portForward/default/web?port=80'],
  ] as const) {
    const { socket } = await upgrade(path)
    assert.match(asked.at(-1) ?? '', new RegExp(`^${there.replaceAll('?', '\\?')} by`))
    socket.destroy()
  }
})

test('a client that vanishes leaves no connection to the kubelet', async () => {
  const { socket } = await upgrade('web/exec?command=sh')
  const theirs = [...open].at(-1) as Duplex
  const closed = once(theirs, 'close')
  socket.destroy()
  await closed
})

test("logs are streamed, and the kubelet's refusal becomes a Status [POD-7]", async () => {
  assert.equal(await text(await get('web/log?tailLines=2&follow=true')), 'line 1\nline 2\n')
  assert.match(asked.at(-1) ?? '', /^\/containerLogs\/default\/web\/c\?follow=true&tailLines=2 by/)
  const refused = (await json(await get('web/log?previous=true'))) as Json
  assert.deepEqual([refused.code, refused.message], [400, 'previous terminated container "c" in pod "web" not found'])
})

const refusals: readonly [path: string, code: number, message: RegExp][] = [
  ['two/log', 400, /^a container name must be specified for pod two, choose one of: \[a b\]$/],
  ['two/log?container=c', 400, /^container c is not valid for pod two$/],
  ['waiting/log', 400, /^pod waiting does not have a host assigned$/],
  ['nix/log', 404, /^pods "nix" not found$/],
  ['web/exec?command=sh', 400, /^Upgrade request required$/],
]
for (const [path, code, message] of refusals) {
  test(`${path} is refused in upstream's words`, async () => {
    const answer = (await json(await get(path))) as Json
    assert.equal(answer.code, code)
    assert.match(answer.message, message)
  })
}

test('an upgrade that leads nowhere gets a Status and an end', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  const outgoing = request({ ...client(), path: '/api/v1/namespaces/default/pods/waiting/exec?command=sh', headers })
  outgoing.end()
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  assert.equal(((await json(answer)) as Json).message, 'pod waiting does not have a host assigned')
})

test('/proxy without a slash leads to the one with it, so that relative links lead on [DSC-9]', async () => {
  const answer = await get('/api/v1/nodes/node1/proxy?a=b')
  assert.deepEqual([answer.statusCode, answer.headers.location], [301, '/api/v1/nodes/node1/proxy/?a=b'])
})

const unproxied: readonly [path: string, code: number, message: RegExp][] = [
  ['web:80/proxy/', 400, /^address not allowed$/],
  ['ftp:web:80/proxy/', 400, /^invalid pod request "ftp:web:80"$/],
  [':80/proxy/', 400, /^invalid pod request ":80"$/],
  ['nix:80/proxy/', 404, /^pods "nix" not found$/],
]
for (const [path, code, message] of unproxied) {
  test(`${path} is refused in upstream's words [DSC-9]`, async () => {
    const answer = (await json(await get(path))) as Json
    assert.equal(answer.code, code)
    assert.match(answer.message, message)
  })
}

test('addresses of the server itself and of its network alone are not proxied to [DSC-9]', () => {
  for (const address of ['10.244.0.2', '192.168.1.2', 'fd00::1', '8.8.8.8']) assert.ok(isProxyable(address), address)
  for (const address of ['127.0.0.1', '169.254.169.254', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', 'fe80::1', '::', 'x'])
    assert.ok(!isProxyable(address), address)
})
