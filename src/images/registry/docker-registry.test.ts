/** Pulls from the registry program that most people run, Debian's docker-registry, on loopback. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { webcrypto } from 'node:crypto'
import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'
import { SignJWT } from 'jose'
import { systemClock } from '../../lib/index.ts'
import { eventually } from '../../testing/index.ts'
import { digestOf } from '../digest.ts'
import type { GetOptions, Image } from '../image.ts'
import { linuxOn } from '../manifest.ts'
import { storedImages } from '../provider.ts'
import { createImageStore } from '../store.ts'
import { type Built, build, scratchFolder, tarOf } from '../testing/build.ts'

/** Where tools/setup.mjs unpacks it. */
const REGISTRY = join(import.meta.dirname, '../../../node_modules/.cache/portolan/debian/usr/bin/docker-registry')
const skip = existsSync(REGISTRY) ? false : 'docker-registry is not unpacked: run tools/setup.mjs --tests'

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const INDEX = 'application/vnd.oci.image.index.v1+json'
/** `mate` with the password `rum`, as htpasswd(1) writes it. */
const HTPASSWD = 'mate:$2y$04$abcdefghijklmnopqrstuuLjffbcOjDk0VSNWeEVDOEtDVDHrio9i\n'
const BASIC = Buffer.from('mate:rum').toString('base64')

const built = build({ layers: [tarOf([{ name: 'greeting', content: 'ahoy' }])], config: { Cmd: ['/ship'] }, gzip: true })
const foreign = build({ layers: [tarOf([{ name: 'other' }])], architecture: 'arm64' })

async function freePort(): Promise<number> {
  const socket = createSocket().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address() as AddressInfo
  socket.close()
  return port
}

/** A registry with these lines in its configuration; ends with the test. Answers `127.0.0.1:PORT`. */
async function startRegistry(t: TestContext, auth: (folder: string) => Promise<string> = async () => ''): Promise<string> {
  const folder = await scratchFolder()
  const origin = `127.0.0.1:${await freePort()}`
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${folder}/data\n`
  await mkdir(`${folder}/data`)
  await writeFile(`${folder}/config.yml`, `version: 0.1\n${storage}http:\n  addr: ${origin}\n${await auth(folder)}`)
  const child = spawn(REGISTRY, ['serve', `${folder}/config.yml`], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  await eventually(() => fetch(`http://${origin}/v2/`))
  return origin
}

/** As `docker push` of both images and of a list of them. */
async function push(origin: string, authorization?: string): Promise<string> {
  const headers = authorization === undefined ? {} : { authorization }
  const send = async (method: string, url: string, body?: Buffer, type = 'application/octet-stream'): Promise<Response> => {
    const response = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': type },
      ...(body && { body: new Uint8Array(body) }),
    })
    assert.ok(response.ok, `${method} ${url}: ${response.status} ${await response.text()}`)
    return response
  }
  const repository = `http://${origin}/v2/crew/ship`
  const entry = async ({ manifest, blobs }: Built, architecture: string) => {
    for (const [digest, bytes] of blobs) {
      const location = new URL((await send('POST', `${repository}/blobs/uploads/`)).headers.get('location') ?? '')
      location.searchParams.set('digest', digest)
      await send('PUT', location.href, bytes)
    }
    const bytes = blobs.get(manifest)!
    await send('PUT', `${repository}/manifests/${architecture}`, bytes, MANIFEST)
    return { mediaType: MANIFEST, digest: manifest, size: bytes.length, platform: { os: 'linux', architecture } }
  }
  const manifests = [await entry(foreign, 'arm64'), await entry(built, 'amd64')]
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }))
  await send('PUT', `${repository}/manifests/1`, list, INDEX)
  return digestOf(list)
}

/** Pulls into an empty store. */
async function pull(reference: string, options: GetOptions = {}): Promise<Image> {
  let count = 0
  const store = createImageStore({ root: await scratchFolder(), unique: () => `part-${count++}` })
  return storedImages({ store, platform: linuxOn('x64'), fetch, clock: systemClock }).get(reference, options)
}

const login = (origin: string, auth = BASIC): GetOptions => ({
  dockerConfigs: () => Promise.resolve([JSON.stringify({ auths: { [origin]: { auth } } })]),
})
const DENIED = /pull access denied, repository does not exist or may require authorization/

test('docker-registry: tags, digests and lists of images by platform [POD-3]', { skip }, async (t) => {
  const origin = await startRegistry(t)
  const list = await push(origin)
  const { command, id } = await pull(`${origin}/crew/ship:1`)
  assert.deepEqual([command, id], [['/ship'], `${origin}/crew/ship@${list}`])
  assert.deepEqual((await pull(`${origin}/crew/ship@${built.manifest}`)).command, ['/ship'])
  assert.deepEqual((await pull(`${origin}/crew/ship:amd64`)).command, ['/ship'])
  await assert.rejects(pull(`${origin}/crew/ship:2`), { code: 'ErrImagePull', message: /crew\/ship:2": .*not found/ })
})

test('docker-registry: a password, and none or a wrong one is refused [POD-3]', { skip }, async (t) => {
  const origin = await startRegistry(t, async (folder) => {
    await writeFile(`${folder}/htpasswd`, HTPASSWD)
    return `auth:\n  htpasswd:\n    realm: crew\n    path: ${folder}/htpasswd\n`
  })
  await push(origin, `Basic ${BASIC}`)
  assert.deepEqual((await pull(`${origin}/crew/ship:1`, login(origin))).command, ['/ship'])
  await assert.rejects(pull(`${origin}/crew/ship:1`), { code: 'ErrImagePull', message: DENIED })
  const wrong = Buffer.from('mate:grog').toString('base64')
  await assert.rejects(pull(`${origin}/crew/ship:1`, login(origin, wrong)), { code: 'ErrImagePull', message: DENIED })
})

test('docker-registry: a token of a server that it trusts [POD-3]', { skip }, async (t) => {
  const { issue, realm, certificate } = await startTokens(t)
  const origin = await startRegistry(t, async (folder) => {
    await writeFile(`${folder}/root.pem`, certificate)
    return `auth:\n  token:\n    realm: ${realm}\n    service: harbour\n    issuer: port\n    rootcertbundle: ${folder}/root.pem\n`
  })
  await push(origin, `Bearer ${await issue(['pull', 'push'])}`)
  assert.deepEqual((await pull(`${origin}/crew/ship:1`, login(origin))).command, ['/ship'])
  await assert.rejects(pull(`${origin}/crew/ship:1`), { code: 'ErrImagePull', message: /failed to fetch a token/ })
})

/** A server that gives `mate` tokens to pull with. */
async function startTokens(t: TestContext) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const hour = 3_600_000
  const dates = { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) }
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=port',
    keys,
    ...dates,
    signingAlgorithm: algorithm,
  })
  const issue = (actions: readonly string[]): Promise<string> =>
    new SignJWT({ access: [{ type: 'repository', name: 'crew/ship', actions }] })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', x5c: [Buffer.from(certificate.rawData).toString('base64')] })
      .setIssuer('port')
      .setSubject('mate')
      .setAudience('harbour')
      .setNotBefore('-1m')
      .setIssuedAt()
      .setExpirationTime('5m')
      .setJti('1')
      .sign(keys.privateKey)
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://port')
    const asked = [searchParams.get('service'), searchParams.get('scope'), request.headers.authorization]
    const granted = JSON.stringify(asked) === JSON.stringify(['harbour', 'repository:crew/ship:pull', `Basic ${BASIC}`])
    if (granted) void issue(['pull']).then((token) => response.end(JSON.stringify({ token })))
    else response.writeHead(401).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return {
    issue,
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    certificate: certificate.toString('pem'),
  }
}
