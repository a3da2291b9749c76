import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { bootstrapAuthorizer } from '../auth/bootstrap-authorizer.ts'
import { createApiServer } from '../server.ts'
import type { ApiServer } from '../server.ts'
import { testAuthority } from '../testing/certificates.ts'
import type { Identity, TestAuthority } from '../testing/certificates.ts'
import { testOptions } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

let authority: TestAuthority
let server: ApiServer
let port: number
let root: Identity

before(async () => {
  authority = await testAuthority()
  root = await authority.client('CN=root, O=system:masters')
  server = await createApiServer(testOptions({ authorizer: bootstrapAuthorizer }))
  const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
  port = (await server.listen({ host: '127.0.0.1', port: 0 }, tls)).port
})
after(() => server.close())

interface Asking {
  readonly method?: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
  readonly as?: Identity
}

async function send(path: string, { method = 'GET', body, headers, as }: Asking = {}): Promise<IncomingMessage> {
  const client = as && { cert: as.certificate, key: as.key }
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers, ca: authority.certificate, agent: false, ...client })
  outgoing.end(body)
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  return answer
}

const ask = async (path: string, asking?: Asking): Promise<Json> => json(await send(path, asking))

test('a certificate says who asks: common name and organizations', async () => {
  const jane = await authority.client('CN=jane, O=people')
  assert.match((await ask('/api/v1/pods', { as: jane })).message, /User "jane" cannot list resource "pods"/)
  assert.equal((await ask('/api/v1/pods', { as: root })).kind, 'PodList')
})

test('without a certificate one is anonymous, and sees health and version', async () => {
  assert.equal((await ask('/version')).minor, '36')
  assert.match((await ask('/api/v1/pods')).message, /User "system:anonymous" cannot list/)
})

test('a certificate of another authority is not accepted', async () => {
  const stranger = await (await testAuthority()).client('CN=root, O=system:masters')
  assert.deepEqual([(await ask('/version', { as: stranger })).code], [401])
})

test('HTTP/2 is spoken on the same port', async () => {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority.certificate, cert: root.certificate, key: root.key })
  const stream = session.request({ ':path': '/api/v1/namespaces/default/services/kubernetes' })
  assert.equal(((await json(stream)) as Json).spec.clusterIP, '10.96.0.1')
  session.close()
})

test('a session that waits for several large lists is not refused another request', async () => {
  for (const name of ['one', 'two', 'three', 'four']) {
    const secret = { kind: 'Secret', apiVersion: 'v1', metadata: { name }, stringData: { text: 'x'.repeat(700_000) } }
    await ask('/api/v1/namespaces/default/secrets', { method: 'POST', body: JSON.stringify(secret), as: root })
  }
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority.certificate, cert: root.certificate, key: root.key })
  const lists = Array.from({ length: 8 }, () => session.request({ ':path': '/api/v1/namespaces/default/secrets' }))
  // Their first bytes are there, and the rest is the server's to keep: nobody reads yet.
  await Promise.all(lists.map((list) => once(list, 'response')))
  const small = (await json(session.request({ ':path': '/version' }))) as Json
  assert.equal(small.minor, '36')
  for (const list of lists) assert.equal(((await json(list)) as Json).items.length, 4)
  session.close()
})

test('a command for exec may be long', async () => {
  const { code } = await ask(`/api/v1/namespaces/default/pods/none/exec?command=${'a'.repeat(900_000)}`, { as: root })
  assert.equal(code, 404)
})

test('a body above 3 MiB is refused', async () => {
  const body = Buffer.alloc(3 * 1024 * 1024 + 1, 'x')
  const answer = await ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body, as: root })
  assert.deepEqual([answer.code, answer.message], [413, 'Request entity is too large: limit is 3145728'])
})

test('a large list is compressed for whoever takes that', async () => {
  const configMap = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'large' }, data: { text: 'x'.repeat(200_000) } }
  await ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body: JSON.stringify(configMap), as: root })
  const answer = await send('/api/v1/configmaps', { headers: { 'accept-encoding': 'gzip' }, as: root })
  assert.equal(answer.headers['content-encoding'], 'gzip')
  const pieces = await answer.toArray()
  assert.equal(JSON.parse(gunzipSync(Buffer.concat(pieces)).toString()).items.length, 1)
})

test('a watch whose client has gone leaves nothing behind', async () => {
  const answer = await send('/api/v1/configmaps?watch=1', { as: root })
  await once(answer, 'data')
  const closed = once(answer, 'close')
  answer.destroy()
  await closed
  // What is written now is told to nobody, and must not fail for it.
  const configMap = JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'unseen' } })
  const written = await ask('/api/v1/namespaces/default/configmaps', { method: 'POST', body: configMap, as: root })
  assert.equal(written.metadata.name, 'unseen')
})

test('closing ends what is open', async () => {
  const other = await createApiServer(testOptions())
  const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
  const listener = await other.listen({ host: '127.0.0.1', port: 0 }, tls)
  const session = connectHttp2(`https://127.0.0.1:${listener.port}`, {
    ca: authority.certificate,
    cert: root.certificate,
    key: root.key,
  })
  session.on('error', () => {})
  session.request({ ':path': '/api/v1/pods?watch=1' }).on('error', () => {})
  await once(session, 'connect')
  const closed = once(session, 'close')
  await other.close()
  await closed
})
