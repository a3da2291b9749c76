import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { violations } from './boundaries.ts'

test('the source obeys the table of who may import whom', () => {
  assert.deepEqual(violations(join(import.meta.dirname, '../src')), [])
})

test('the table is enforced: planted violations are found', () => {
  const tree = mkdtempSync(join(tmpdir(), 'boundaries-'))
  const plant = (file: string, text: string): void => {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), text)
  }
  try {
    plant('proxy/run.ts', "import { a } from '../kernel/nft.ts'\nimport type { B } from '../apiserver/index.ts'\n")
    plant('controllers/one/run.ts', "import { x } from '../two/index.ts'\nimport { shared } from '../shared.ts'\n")
    plant('lib/a.ts', "import { x } from '#alias'\nexport const text = 'import nothing'\n")
    assert.deepEqual(violations(tree).sort(), [
      'controllers/one/run.ts: controllers/one may not import controllers/two',
      'lib/a.ts: #alias is an alias, which nothing rewrites',
      'proxy/run.ts: enter kernel by an index.ts, not kernel/nft.ts',
      'proxy/run.ts: proxy may not import apiserver',
    ])
  } finally {
    rmSync(tree, { recursive: true })
  }
})
