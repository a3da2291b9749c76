import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { loadImages } from './load.ts'
import { linuxOn } from './manifest.ts'
import { parseReference, type Reference } from './reference.ts'
import { createImageStore, type ImageStore } from './store.ts'
import { build, pack, scratchFolder, tarOf, writeDockerArchive, writeOciLayout } from './testing/build.ts'

const HERE = linuxOn('x64')
const BAD = { code: 'BadImage' }
const FAR = 8.64e15

const passwd = 'root:x:0:0\nsailor:x:1000:1001\n'
const base = tarOf([
  { name: 'etc/passwd', content: passwd },
  { name: 'etc/group', content: 'crew:x:1001:\nnight:x:70:\n' },
])
const built = build({
  layers: [base, tarOf([{ name: 'greeting', content: 'ahoy' }])],
  config: { Env: ['A=1', 'B=x=y'], Entrypoint: ['/ship'], Cmd: ['--sail'], WorkingDir: '/sea', User: 'sailor' },
})

async function emptyStore(): Promise<{ root: string; store: ImageStore }> {
  const root = await scratchFolder()
  let count = 0
  return { root, store: createImageStore({ root, unique: () => `part-${count++}` }) }
}

const named = (text: string): Reference => {
  const reference = parseReference(text)
  assert.ok(typeof reference !== 'string', text)
  return reference
}

test('docker archives, OCI archives and OCI folders are loaded by their names [POD-3]', async () => {
  const folder = await scratchFolder()
  const docker = await writeDockerArchive(join(folder, 'docker'), built, ['ship:1', 'quay.io/team/ship:2'])
  const oci = await writeOciLayout(join(folder, 'layout'), built, 'latest')
  const whole = await pack(await writeOciLayout(join(folder, 'whole'), built, 'localhost:5000/ship:3'))
  const zipped = join(folder, 'fleet.tar.gz')
  await writeFile(zipped, gzipSync(await readFile(await pack(oci))))
  const cases: [string, string[]][] = [
    [docker, ['docker.io/library/ship:1', 'quay.io/team/ship:2']],
    [oci, ['docker.io/library/layout:latest']],
    [whole, ['localhost:5000/ship:3']],
    [zipped, ['docker.io/library/fleet:latest']],
  ]
  const { store } = await emptyStore()
  for (const [path, names] of cases) {
    const loaded = await loadImages(path, store, HERE)
    assert.deepEqual(
      loaded.map(({ name }) => name),
      names,
    )
    for (const image of loaded) assert.equal(image.id, built.config)
  }
  assert.equal((await store.list()).length, 5)
})

test("an image's configuration and layers reach who opens it, names looked up in its own files [POD-3]", async () => {
  const { store } = await emptyStore()
  const folder = await scratchFolder()
  const open = async (config: object) => {
    const wish = build({ layers: [base], config: { ...config } })
    const [loaded] = await loadImages(await writeOciLayout(join(folder, wish.config.slice(-8)), wish, 'a:1'), store, HERE)
    return store.open(loaded!)
  }
  const [loaded] = await loadImages(await writeOciLayout(join(folder, 'ship'), built, 'a:1'), store, HERE)
  const image = await store.open(loaded!)
  const { PATH, ...env } = image.env
  assert.match(PATH ?? '', /\/usr\/bin/)
  assert.deepEqual(env, { A: '1', B: 'x=y' })
  assert.deepEqual([image.entrypoint, image.command, image.workingDir, image.user], [['/ship'], ['--sail'], '/sea', '1000:1001'])
  assert.deepEqual(await readdir(image.layers[0]!), ['greeting'])
  assert.deepEqual(await readdir(image.layers[1]!), ['etc'])
  const users: [string, string][] = [
    ['', ''],
    ['0', '0:0'],
    ['1000', '1000:1001'],
    ['4242', '4242:0'],
    ['sailor:night', '1000:70'],
    ['7:8', '7:8'],
  ]
  for (const [User, user] of users) assert.equal((await open({ User })).user, user)
  await assert.rejects(open({ User: 'pirate' }), { message: 'unable to find user pirate: no matching entries in passwd file' })
})

test("an image's links don't lead the look-up of its users to this machine's files [POD-3]", async () => {
  const { store } = await emptyStore()
  for (const [name, link] of [
    ['etc', '/etc'],
    ['etc/passwd', '/etc/passwd'],
  ] as const) {
    const wish = build({ layers: [tarOf([{ name, type: 'symlink', link }])], config: { User: 'daemon' } })
    const [loaded] = await loadImages(await writeOciLayout(join(await scratchFolder(), 'x'), wish, 'a:1'), store, HERE)
    await assert.rejects(store.open(loaded!), { code: 'UnknownUser' })
  }
})

test('archives that are no images, miss something or lie about a sum are refused, and name nothing [POD-3]', async () => {
  const { store } = await emptyStore()
  const folder = await scratchFolder()
  const files: Record<string, Buffer> = {
    'text.tar': Buffer.from('hello '.repeat(200)),
    'empty.tar': tarOf([]),
    'other.tar': tarOf([{ name: 'readme', content: 'no image' }]),
    'missing.tar': tarOf([{ name: 'manifest.json', content: '[{"Config":"c.json","RepoTags":["a:1"],"Layers":["l"]}]' }]),
    'climbing.tar': tarOf([
      { name: 'index.json', content: JSON.stringify({ manifests: [{ digest: 'sha256:../../../../etc/passwd', size: 1 }] }) },
    ]),
  }
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(folder, name), bytes)
    await assert.rejects(loadImages(join(folder, name), store, HERE), BAD, name)
  }
  const [layer = ''] = built.layers
  const lying = { ...built, blobs: new Map([...built.blobs, [layer, tarOf([{ name: 'other' }])]]) }
  await assert.rejects(
    loadImages(await writeOciLayout(join(folder, 'lying'), lying, 'a:1'), (await emptyStore()).store, HERE),
    BAD,
  )
  assert.deepEqual(await store.list(), [])
})

test('what was forgotten is deleted, what others stand on stays [POD-3]', async () => {
  const { root, store } = await emptyStore()
  const folder = await scratchFolder()
  const other = build({ layers: [base] })
  await loadImages(await writeOciLayout(join(folder, 'a'), built, 'a:1'), store, HERE)
  await loadImages(await writeOciLayout(join(folder, 'b'), other, 'b:1'), store, HERE)
  assert.equal(await store.remove(named('a:1')), true)
  assert.equal(await store.remove(named('a:1')), false)
  await store.collect(0)
  assert.equal((await readdir(join(root, 'layers'))).length, 2, 'what is young stays')
  await store.collect(FAR)
  assert.equal((await readdir(join(root, 'layers'))).length, 1)
  assert.equal((await readdir(join(root, 'blobs/sha256'))).length, 3)
  const found = await store.find(named('b:1'))
  assert.ok(existsSync((await store.open(found!)).layers[0]!))
})

test('many who want a layer at once unpack it once, and stores that share a folder agree [POD-3]', async () => {
  const { root, store } = await emptyStore()
  const second = createImageStore({ root, unique: () => `other-${Math.random()}` })
  const path = await writeOciLayout(join(await scratchFolder(), 'a'), built, 'a:1')
  await Promise.all([store, store, second].map((each) => loadImages(path, each, HERE)))
  assert.equal((await readdir(join(root, 'layers'))).length, 2)
  for (const folder of ['layers', 'scratch']) assert.equal((await stat(join(root, folder))).mode & 0o777, 0o700)
  assert.deepEqual(await readdir(join(root, 'scratch')), [])
})
