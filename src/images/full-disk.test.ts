/** What a disk that is full makes of loading an image: an error that says so, and nothing half done. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { run } from '../kernel/index.ts'
import { inNamespaces } from '../testing/index.ts'
import { loadImages } from './load.ts'
import { linuxOn } from './manifest.ts'
import { createImageStore } from './store.ts'
import { build, scratchFolder, tarOf, writeDockerArchive } from './testing/build.ts'

const ROOT = '/run/images'
const MI = 1 << 20

inNamespaces(import.meta.filename, ['mount'], () => {
  test('a full disk while an image is loaded or unpacked is said, leaves nothing half unpacked, and is got over [POD-3]', async () => {
    await mkdir(ROOT)
    await run('mount', ['-t', 'tmpfs', '-o', `size=${8 * MI}`, 'tmpfs', ROOT])
    let count = 0
    const store = createImageStore({ root: ROOT, unique: () => `part-${count++}` })
    const layer = tarOf([{ name: 'cargo', content: 'x'.repeat(3 * MI) }])
    const archive = await writeDockerArchive(await scratchFolder(), build({ layers: [layer] }), ['ship:1'])
    const load = () => loadImages(archive, store, linuxOn('x64'))
    // First there is no room for what is carried, then none for what is unpacked.
    for (const left of [2, 4]) {
      await writeFile(`${ROOT}/somebody-elses`, Buffer.alloc((8 - left) * MI))
      await assert.rejects(load(), /no space left on device/i)
      assert.deepEqual(await store.list(), [])
      assert.deepEqual(globSync([`${ROOT}/scratch/*`, `${ROOT}/layers/*`]), [])
      await rm(`${ROOT}/somebody-elses`)
    }
    const [loaded] = await load()
    assert.equal(loaded?.name, 'docker.io/library/ship:1')
    assert.equal((await store.open(loaded)).layers.length, 1)
  })
})
