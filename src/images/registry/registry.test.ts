import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Clock } from '../../lib/index.ts'
import { linuxOn } from '../manifest.ts'
import { storedImages } from '../provider.ts'
import type { GetOptions, Image } from '../image.ts'
import { createImageStore } from '../store.ts'
import { type Built, build, scratchFolder, tarOf } from '../testing/build.ts'
import { parseChallenge } from './challenge.ts'
import { credentialsFor } from './credentials.ts'

const built = build({ layers: [tarOf([{ name: 'greeting', content: 'ahoy' }])], config: { Cmd: ['/ship'] }, gzip: true })
const foreign = build({ layers: [tarOf([{ name: 'other' }])], architecture: 'arm64' })
const clock: Clock = { now: () => 0, sleep: () => Promise.resolve() }
const SECRET = Buffer.from('mate:rum').toString('base64')

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean

/** A registry on loopback with `ship:1`, for two platforms. `before` may answer a request in its place. */
async function startRegistry(t: TestContext, before: Answer = () => false) {
  const entry = (platform: string, { manifest, blobs }: Built) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: manifest,
    size: blobs.get(manifest)!.length,
    platform: { os: 'linux', architecture: platform },
  })
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry('arm64', foreign), entry('amd64', built)] }))
  const blobs = new Map([...built.blobs, ...foreign.blobs, ['1', index]])
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (before(request, response)) return
    const [, name = ''] = /^\/v2\/ship\/(?:manifests|blobs)\/(.+)$/.exec(request.url ?? '') ?? []
    const body = blobs.get(name)
    response.writeHead(body ? 200 : 404).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const origin = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const root = await scratchFolder()
  let count = 0
  const store = createImageStore({ root, unique: () => `part-${count++}` })
  const images = storedImages({ store, platform: linuxOn('x64'), fetch, clock })
  const get = (tag = '1', options: GetOptions = {}): Promise<Image> => images.get(`${origin}/ship:${tag}`, options)
  const login = (): Promise<string[]> => Promise.resolve([JSON.stringify({ auths: { [origin]: { auth: SECRET } } })])
  return { origin, root, get, asked, login, clear: () => blobs.clear() }
}

test('an image is pulled for this platform, once for many, and not again [POD-3]', async (t) => {
  const { origin, root, get, asked } = await startRegistry(t)
  const [image] = await Promise.all([get(), get(), get()])
  assert.equal(image.reference, `${origin}/ship:1`)
  assert.match(image.id, new RegExp(`^${origin}/ship@sha256:[0-9a-f]{64}$`))
  assert.deepEqual(image.command, ['/ship'])
  assert.deepEqual(await readdir(image.layers[0]!), ['greeting'])
  assert.equal(asked.length, 4, 'list, manifest, configuration, layer')
  await get('1', { policy: 'Never' })
  assert.equal(asked.length, 4)
  await get('1', { policy: 'Always' })
  assert.equal(asked.length, 6, 'the list and the manifest may have changed, content can not')
  assert.deepEqual(await readdir(join(root, 'scratch')), [])
})

test("what isn't there is said as upstream says it [POD-3]", async (t) => {
  const { origin, get, asked, clear } = await startRegistry(t)
  await assert.rejects(get('2', { policy: 'Never' }), {
    code: 'ErrImageNeverPull',
    message: `Container image "${origin}/ship:2" is not present with pull policy of Never`,
  })
  assert.equal(asked.length, 0)
  const missing = new RegExp(`^failed to pull and unpack image "${origin}/ship:2": ${origin}/ship manifests/2: not found$`)
  await assert.rejects(get('2'), { code: 'ErrImagePull', message: missing })
  await assert.rejects(get('-'), {
    code: 'InvalidImageName',
    message: /^Failed to apply default image tag .*invalid reference format$/,
  })
  await get('1')
  clear()
  await assert.rejects(get('1', { policy: 'Always' }), {
    message: /it is on this node, and runs with imagePullPolicy: IfNotPresent$/,
  })
  const refusing = (): void => {
    throw new Error('not now')
  }
  await assert.rejects(get('1', { policy: 'Always', onPull: refusing }), { message: 'not now' })
})

test('a token is fetched where the registry says, with the password of a pull secret [POD-3]', async (t) => {
  const { origin, get, asked, login } = await startRegistry(t, ({ url = '', headers }, response) => {
    if (url.startsWith('/token')) {
      const may = headers.authorization === `Basic ${SECRET}`
      response.writeHead(may ? 200 : 401).end(may ? '{"token":"aye"}' : '')
      return true
    }
    if (headers.authorization === 'Bearer aye') return false
    const realm = `Bearer realm="http://${headers.host}/token",service="port",scope="repository:ship:pull"`
    response.writeHead(401, { 'www-authenticate': realm }).end()
    return true
  })
  await assert.rejects(get(), { code: 'ErrImagePull', message: /failed to authorize/ })
  assert.ok(asked.includes('/token?service=port&scope=repository%3Aship%3Apull'))
  await get('1', { dockerConfigs: login })
  assert.ok(origin)
})

test('a registry that wants a password itself gets it, and none that is wrong opens it [POD-3]', async (t) => {
  const { get, login } = await startRegistry(t, ({ headers }, response) => {
    if (headers.authorization === `Basic ${SECRET}`) return false
    response.writeHead(401, { 'www-authenticate': 'Basic realm="port"' }).end()
    return true
  })
  await assert.rejects(get(), { code: 'ErrImagePull', message: /pull access denied/ })
  await get('1', { dockerConfigs: login })
})

test('a registry that is busy or breaks off is asked again, one that lies is not believed [POD-3]', async (t) => {
  let busy = 2
  let broken = 1
  const { get } = await startRegistry(t, ({ url = '' }, response) => {
    if (url.endsWith('/manifests/1') && busy-- > 0) response.writeHead(503).end()
    else if (url.endsWith(built.layers[0]!) && broken-- > 0) {
      response.writeHead(200, { 'content-length': '9999' }).write('begin')
      setImmediate(() => response.destroy())
    } else return false
    return true
  })
  await get()
  const lying = await startRegistry(t, ({ url = '' }, response) => {
    if (!url.endsWith(built.layers[0]!)) return false
    response.end('something else')
    return true
  })
  await assert.rejects(lying.get(), { code: 'ErrImagePull', message: /content is sha256:\w+ and should be sha256:/ })
})

test('passwords are found by the host of a registry [POD-3]', () => {
  const config = JSON.stringify({
    auths: { 'https://index.docker.io/v1/': { username: 'a', password: 'b:c' }, 'quay.io': { auth: SECRET } },
  })
  assert.deepEqual(credentialsFor('docker.io', [config]), [{ username: 'a', password: 'b:c' }])
  assert.deepEqual(credentialsFor('quay.io', ['{', config]), [{ username: 'mate', password: 'rum' }])
  assert.deepEqual(credentialsFor('quay.io', ['{"quay.io":{"username":"x","password":"y"}}']), [{ username: 'x', password: 'y' }])
  assert.deepEqual(credentialsFor('evil-quay.io', [config]), [])
})

test('challenges are read as RFC 9110 writes them [POD-3]', () => {
  assert.deepEqual(parseChallenge('Bearer realm="https://a/t",service=x, scope="a \\"b\\",c"'), {
    scheme: 'bearer',
    parameters: { realm: 'https://a/t', service: 'x', scope: 'a "b",c' },
  })
  assert.deepEqual(parseChallenge('BASIC'), { scheme: 'basic', parameters: {} })
  assert.equal(parseChallenge(''), undefined)
})
