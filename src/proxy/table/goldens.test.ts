import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { goldens } from '../testing/goldens.ts'

for (const { name, file, added } of goldens()) {
  test(`${name}: what is written is what stands in testdata/${name}.nft [NET-11]`, () => {
    assert.equal(added, readFileSync(file, 'utf8'))
  })
}
