import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStoreError } from './errors.ts'
import type { Change, Operation, Store } from './store.ts'
import type { WindowLimits } from './window.ts'

const bytes =
  (text: string): (() => Buffer) =>
  () =>
    Buffer.from(text)
const create = (key: string, text = key): Operation => ({ key, expected: 0, value: bytes(text) })
const texts = (entries: readonly { value: Buffer }[]): string[] => entries.map(({ value }) => value.toString())

/** Adds a test of that title; the body gets an empty store, which is closed after it. */
type Contract = (title: string, body: (store: Store) => Promise<void>, window?: WindowLimits) => void

/** What every store must do. `open` gives an empty one. */
export function storeContract(name: string, open: (window?: WindowLimits) => Promise<Store>): void {
  const contract: Contract = (title, body, window) =>
    void test(`${name}: ${title}`, async () => {
      const store = await open(window)
      await body(store)
      await store.close()
    })
  writes(contract)
  lists(contract)
  watches(contract)
  history(contract)
}

function writes(contract: Contract): void {
  contract('a write is readable once it is acknowledged, as the very bytes that were made', async (store) => {
    const value = Buffer.from('a')
    const revision = await store.write([{ key: '/a', expected: 0, value: () => value }])
    assert.deepEqual(store.get('/a')?.revision, revision)
    assert.equal(store.get('/a')?.value, value)
    assert.equal(store.revision, revision)
    assert.equal(store.get('/b'), undefined)
  })

  contract('bytes are made with the revision that they get', async (store) => {
    const write = (key: string) => store.write([{ key, expected: 0, value: (revision) => Buffer.from(String(revision)) }])
    const revisions = await Promise.all([write('/a'), write('/b'), write('/c')])
    assert.deepEqual(texts(store.list('/')), revisions.map(String))
    assert.deepEqual(new Set(revisions).size, 3)
  })

  contract('several keys change at one revision or not at all', async (store) => {
    await store.write([create('/taken')])
    const before = store.revision
    await assert.rejects(store.write([create('/new'), create('/taken')]), (error) => isStoreError(error, 'conflict'))
    assert.equal(store.get('/new'), undefined)
    assert.equal(store.revision, before)
    const revision = await store.write([create('/x'), { key: '/taken', expected: before }])
    assert.deepEqual(
      store.list('/').map((entry) => [entry.key, entry.revision]),
      [['/x', revision]],
    )
  })

  contract('a write whose bytes cannot be made leaves nothing behind', async (store) => {
    const failing: Operation = { key: '/b', expected: 0, value: () => assert.fail('no bytes') }
    await assert.rejects(store.write([create('/a'), failing]), /no bytes/)
    await store.write([create('/a'), create('/b')])
    assert.equal(store.count('/'), 2)
  })

  contract('of concurrent updates of one key one wins, and the loser can read what it lost against', async (store) => {
    const expected = await store.write([create('/a', '0')])
    const update = (text: string) => store.write([{ key: '/a', expected, value: bytes(text) }])
    const first = update('1')
    await assert.rejects(update('2'), (error) => isStoreError(error, 'conflict'))
    assert.equal(store.get('/a')?.value.toString(), '1')
    await first
  })

  contract('a deleted key can be created again; a key that is not there cannot be deleted', async (store) => {
    const expected = await store.write([create('/a')])
    await store.write([{ key: '/a', expected }])
    assert.equal(store.get('/a'), undefined)
    await assert.rejects(store.write([{ key: '/a', expected }]), (error) => isStoreError(error, 'conflict'))
    await store.write([create('/a', 'again')])
    assert.deepEqual(texts(store.list('/')), ['again'])
  })
}

function lists(contract: Contract): void {
  contract('lists are sorted, by prefix, in pages, and know how many are left', async (store) => {
    await Promise.all(['/p/b', '/p/a', '/q/a', '/p/c', '/o/z'].map((key) => store.write([create(key)])))
    assert.deepEqual(
      store.list('/p/').map((entry) => entry.key),
      ['/p/a', '/p/b', '/p/c'],
    )
    assert.deepEqual(
      store.list('/p/', { limit: 2 }).map((entry) => entry.key),
      ['/p/a', '/p/b'],
    )
    assert.deepEqual(
      store.list('/p/', { after: '/p/a', limit: 1 }).map((entry) => entry.key),
      ['/p/b'],
    )
    assert.equal(store.count('/p/', '/p/a'), 2)
    assert.deepEqual(store.list('/nothing/'), [])
  })

  contract('a list of the past shows the past', async (store) => {
    await store.write([create('/a', 'a1')])
    const past = await store.write([create('/b', 'b1')])
    await store.write([{ key: '/a', expected: store.get('/a')?.revision ?? 0, value: bytes('a2') }])
    await store.write([{ key: '/b', expected: past }])
    await store.write([create('/c', 'c1')])
    assert.deepEqual(texts(store.list('/', { revision: past })), ['a1', 'b1'])
    assert.deepEqual(texts(store.list('/')), ['a2', 'c1'])
    await store.compact(past + 1)
    assert.throws(
      () => store.list('/', { revision: past }),
      (error) => isStoreError(error, 'compacted'),
    )
  })
}

function watches(contract: Contract): void {
  contract('a watcher gets what it missed and what comes, once and in order, with what was there before', async (store) => {
    const first = await store.write([create('/w/a', '1')])
    const second = await store.write([create('/w/b', '1')])
    const seen: Change[] = []
    const stop = store.watch('/w/', first, (changes) => seen.push(...changes))
    await store.write([{ key: '/w/a', expected: first, value: bytes('2') }, create('/other')])
    await store.write([{ key: '/w/b', expected: second, tombstone: bytes('gone') }])
    stop()
    await store.write([create('/w/c')])
    const told = seen.map((change) => [change.key, change.deleted, change.value.toString(), change.before?.value.toString()])
    assert.deepEqual(told, [
      ['/w/b', false, '1', undefined],
      ['/w/a', false, '2', '1'],
      ['/w/b', true, 'gone', '1'],
    ])
  })

  contract('all watchers are handed the same change', async (store) => {
    const seen: Change[] = []
    const stops = [1, 2].map(() => store.watch('/', store.revision, (changes) => seen.push(...changes)))
    await store.write([create('/a')])
    assert.equal(seen[0], seen[1])
    for (const stop of stops) stop()
  })
}

function history(contract: Contract): void {
  contract('compaction keeps the state and forgets the history', async (store) => {
    const first = await store.write([create('/a', '1')])
    const second = await store.write([{ key: '/a', expected: first, value: bytes('2') }])
    await store.compact(second)
    assert.equal(store.compactedRevision, second)
    assert.equal(store.get('/a')?.value.toString(), '2')
    assert.throws(
      () => store.watch('/', first, () => {}),
      (error) => isStoreError(error, 'compacted'),
    )
    store.watch('/', second, () => {})()
  })

  const small = { changes: 10, bytes: 1_000_000 }
  const narrow = async (store: Store): Promise<void> => {
    for (let count = 0; count < 30; count++) await store.write([create(`/${count}`)])
    assert.equal(store.watch('/', 20, (changes) => assert.equal(changes.length, 10))(), undefined)
    assert.throws(
      () => store.watch('/', 19, () => {}),
      (error) => isStoreError(error, 'compacted'),
    )
  }
  contract('the window is bounded', narrow, small)

  contract('a closed store refuses to write', async (store) => {
    await store.close()
    await assert.rejects(store.write([create('/a')]), (error) => isStoreError(error, 'unavailable'))
  })
}
