import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { storeContract } from './contract.ts'
import { isStoreError } from './errors.ts'
import { openSqliteStore } from './open.ts'
import type { Change } from './store.ts'
import { temporaryFolder } from './testing/folder.ts'

const fresh = (): string => join(temporaryFolder(), 'store.db')

storeContract('sqlite', (window) => openSqliteStore(fresh(), window))

test('after a restart everything is there: state, revision, and what a watcher missed [SVC-2]', async () => {
  const path = fresh()
  const before = await openSqliteStore(path)
  const first = await before.write([{ key: '/a', expected: 0, value: () => Buffer.from('1') }])
  const second = await before.write([{ key: '/a', expected: first, value: () => Buffer.from('2') }])
  const third = await before.write([{ key: '/a', expected: second }])
  await before.close()
  const after = await openSqliteStore(path)
  const seen: Change[] = []
  after.watch('/', first, (changes) => seen.push(...changes))
  assert.deepEqual(seen.map((change) => [change.revision, change.deleted]), [[second, false], [third, true]]) // prettier-ignore
  assert.equal(after.revision, third)
  await after.compact(third)
  await after.close()
  const again = await openSqliteStore(path)
  assert.equal(again.revision, third, 'the revision outlives the rows that had it')
  assert.throws(
    () => again.watch('/', second, () => {}),
    (error) => isStoreError(error, 'compacted'),
  )
  await again.close()
})

test('a file that is no database is reported as damaged, and not touched', async () => {
  const path = fresh()
  writeFileSync(path, "This was somebody else's file before it was ours. ".repeat(100))
  await assert.rejects(openSqliteStore(path), (error) => isStoreError(error, 'damaged') && error.message.includes(path))
})

test('a file that another store has open is refused', async () => {
  const path = fresh()
  const store = await openSqliteStore(path)
  await assert.rejects(openSqliteStore(path), (error) => isStoreError(error, 'in-use'))
  await store.close()
})
