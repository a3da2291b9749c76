import assert from 'node:assert/strict'
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { scratchFolder, tarOf, unpack } from '../testing/build.ts'
import { readTar } from '../tar/read.ts'
import { overlayTar } from './overlay.ts'

const BAD = { code: 'BadImage' }

test('a layer has its owners, modes, times, links and long names [POD-3]', async () => {
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`
  const folder = await unpack(
    tarOf([
      { name: './', type: 'folder', mode: 0o751 },
      { name: 'bin/', type: 'folder', mode: 0o755 },
      { name: 'bin/tool', mode: 0o4755, uid: 12, gid: 34, mtime: 1_000_000_000, content: 'program' },
      { name: 'bin/same', type: 'hardlink', link: 'bin/tool' },
      { name: 'lib', type: 'symlink', link: '/usr/lib' },
      { name: 'up', type: 'symlink', link: '../../..' },
      { name: long, content: 'far' },
      { name: 'pipe', type: 'fifo' },
      { name: 'large', uid: 3_000_000, content: 'x' },
      { name: 'old', mtime: -5, content: 'x' },
    ]),
  )
  const tool = await lstat(join(folder, 'bin/tool'))
  assert.deepEqual([tool.mode & 0o7777, tool.uid, tool.gid, tool.mtimeMs], [0o4755, 12, 34, 1e12])
  assert.equal((await lstat(join(folder, 'bin/same'))).ino, tool.ino)
  assert.equal(await readlink(join(folder, 'lib')), '/usr/lib')
  assert.equal(await readlink(join(folder, 'up')), '../../..')
  assert.equal(await readFile(join(folder, long), 'utf8'), 'far')
  assert.ok((await lstat(join(folder, 'pipe'))).isFIFO())
  assert.equal((await lstat(join(folder, 'large'))).uid, 3_000_000)
  assert.equal((await lstat(join(folder, 'old'))).mtimeMs, -5000)
  assert.equal((await lstat(folder)).mode & 0o7777, 0o751)
})

test('compressed layers are known by their first bytes [POD-3]', async () => {
  const layer = tarOf([{ name: 'a', content: 'x'.repeat(5000) }])
  for (const carried of [layer, gzipSync(layer), zstdCompressSync(layer)])
    assert.deepEqual(await readdir(await unpack(layer, carried)), ['a'])
  await assert.rejects(unpack(layer, gzipSync(layer).subarray(0, 40)))
})

test('a hostile layer is refused and leaves nothing [POD-3]', async () => {
  const outside = join(await scratchFolder(), 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), 'mine')
  const hostile: Parameters<typeof tarOf>[0][] = [
    [{ name: '/etc/passwd', content: 'x' }],
    [{ name: '../x', content: 'x' }],
    [{ name: 'a/../../x', content: 'x' }],
    [{ name: 'x', type: 'hardlink', link: '/etc/shadow' }],
    [{ name: 'x', type: 'hardlink', link: '../../etc/shadow' }],
    [{ name: 'sda', type: 'block' }],
    [{ name: 'gone', type: 'character' }],
    [{ name: 'a/.wh...', content: '' }],
    [{ name: '.', content: 'x' }],
  ]
  for (const entries of hostile) await assert.rejects(unpack(tarOf(entries)), BAD, entries[0]?.name)
  for (const link of [outside, '../../..', `x/../../${outside}`]) {
    const through = tarOf([
      { name: 'a', type: 'symlink', link },
      { name: 'a/secret', content: 'yours' },
    ])
    await assert.rejects(unpack(through), { name: 'ProgramError' })
  }
  assert.equal(await readFile(join(outside, 'secret'), 'utf8'), 'mine')
})

test('devices below /dev are left out, and what overlayfs believes is not for a stranger to say [POD-3]', async () => {
  const layer = tarOf([
    { name: 'dev/sda', type: 'block' },
    { name: 'a', xattrs: { 'trusted.overlay.redirect': '/', 'user.kept': 'yes' } },
  ])
  const entries = await Array.fromAsync(readTar(overlayTar(Readable.from([layer]))), ({ entry }) => entry)
  assert.deepEqual(
    entries.map(({ name, xattrs }) => [name, xattrs]),
    [['a', { 'user.kept': 'yes' }]],
  )
})

test("a layer that isn't what its sum says, or is cut off, is refused [POD-3]", async () => {
  const layer = tarOf([{ name: 'a', content: 'x'.repeat(2000) }])
  await assert.rejects(unpack(layer, tarOf([{ name: 'a', content: 'other' }])), BAD)
  for (const length of [100, 512, 600, 1600]) await assert.rejects(unpack(layer, layer.subarray(0, length)), BAD)
})

test('damaged archives are refused or read, and nothing else happens [POD-3]', async () => {
  const sound = tarOf([{ name: 'n'.repeat(150), content: 'x'.repeat(600), xattrs: { 'user.a': 'b' } }])
  const damage = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(damage, async (places) => {
      const layer = Buffer.from(sound)
      for (const [at, byte] of places) layer[at] = byte
      const read = Array.fromAsync(overlayTar(Readable.from([layer])))
      await read.catch((error: unknown) => assert.equal((error as { code?: string }).code, 'BadImage', String(error)))
    }),
  )
})
