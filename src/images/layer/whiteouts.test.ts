import assert from 'node:assert/strict'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../../kernel/index.ts'
import { inNamespaces } from '../../testing/index.ts'
import { scratchFolder, tarOf, unpack } from '../testing/build.ts'

inNamespaces(import.meta.filename, ['mount'], () => {
  test('what a layer hides is hidden in the overlay, and nothing of its own [POD-3]', async () => {
    const below = tarOf([
      { name: 'gone', content: '1' },
      { name: 'folder/old', content: '1' },
      { name: 'emptied/old', content: '1' },
      { name: 'kept/old', content: '1' },
      { name: 'both', content: 'below' },
    ])
    const above = tarOf([
      { name: '.wh.gone' },
      { name: 'folder/.wh.old' },
      { name: 'emptied/', type: 'folder', mode: 0o711 },
      { name: 'emptied/.wh..wh..opq' },
      { name: 'emptied/new', content: '2' },
      { name: 'both', content: 'above' },
      { name: '.wh.both' },
      { name: 'kept/.wh..wh.plnk' },
    ])
    const lower = [await unpack(above), await unpack(below)].join(':')
    const root = await scratchFolder()
    await run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lower}`, root])
    const seen = await readdir(root, { recursive: true })
    assert.deepEqual(seen.toSorted(), ['both', 'emptied', 'emptied/new', 'folder', 'kept', 'kept/old'])
    assert.equal(await readFile(join(root, 'both'), 'utf8'), 'above')
    assert.equal((await lstat(join(root, 'emptied'))).mode & 0o7777, 0o711)
    await run('umount', [root])
  })
})
