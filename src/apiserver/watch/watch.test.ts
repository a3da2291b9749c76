import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../lib/index.ts'
import { memoryStore } from '../../store/index.ts'
import { eventually } from '../../testing/index.ts'
import { MOST_WATCHES } from '../verbs/watch.ts'
import { testServer } from '../testing/server.ts'
import type { Json, TestServer } from '../testing/server.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, ...more },
})

/** A clock whose sleepers wake when the test says so. */
function stillClock(): Clock & { tick(): void } {
  const sleepers = new Set<() => void>()
  return {
    now: () => 1_700_000_000_000,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (milliseconds === 60_000) sleepers.add(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      }),
    tick: () => sleepers.forEach((wake) => wake()),
  }
}

interface Watching {
  /** The next `count` events. */
  next(count: number): Promise<Json[]>
  stop(): void
}

async function watch({ raw }: TestServer, query = '', headers: Record<string, string> = {}): Promise<Watching> {
  const stopping = new AbortController()
  const response = await raw('GET', `${PATH}?watch=true${query}`, { signal: stopping.signal, headers })
  assert.equal(response.status, 200)
  const pieces = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const seen: Json[] = []
  const more = async (): Promise<void> => {
    const { value, done } = await pieces.next()
    if (done) throw new Error('the watch has ended')
    for (const line of Buffer.from(value).toString().trimEnd().split('\n')) seen.push(JSON.parse(line))
  }
  return {
    next: async (count) => {
      while (seen.length < count) await more()
      return seen.splice(0, count)
    },
    stop: () => stopping.abort(),
  }
}

const told = (events: Json[]): string[] => events.map(({ type, object }) => `${type} ${object.metadata.name}`)
const create = async ({ ask }: TestServer, name: string, more?: object): Promise<Json> =>
  (await ask('POST', PATH, configMap(name, more))).body
const replace = ({ ask }: TestServer, name: string, more?: object): Promise<Json> =>
  ask('PUT', `${PATH}/${name}`, configMap(name, more))

test('without a revision, or with 0, all that exists comes as ADDED, and then what changes', async () => {
  const server = await testServer()
  await create(server, 'a')
  for (const query of ['', '&resourceVersion=0']) {
    const watching = await watch(server, query)
    assert.deepEqual(told(await watching.next(1)), ['ADDED a'])
    await replace(server, 'a', { labels: { x: query.length.toString() } })
    assert.deepEqual(told(await watching.next(1)), ['MODIFIED a'])
    watching.stop()
  }
})

test('from a revision, what came after it', async () => {
  const server = await testServer()
  const { metadata } = await create(server, 'a')
  await create(server, 'b')
  await server.ask('DELETE', `${PATH}/a`)
  const watching = await watch(server, `&resourceVersion=${metadata.resourceVersion}`)
  const events = await watching.next(2)
  assert.deepEqual(told(events), ['ADDED b', 'DELETED a'])
  assert.ok(Number(events[1].object.metadata.resourceVersion) > Number(events[0].object.metadata.resourceVersion))
  watching.stop()
})

test('a revision that is forgotten gets an ERROR event with code 410', async () => {
  const store = memoryStore()
  const server = await testServer({ store })
  await create(server, 'a')
  await create(server, 'b')
  await store.compact(store.revision)
  const [event] = await (await watch(server, '&resourceVersion=1')).next(1)
  assert.equal(event.type, 'ERROR')
  assert.deepEqual([event.object.code, event.object.reason], [410, 'Expired'])
  assert.match(event.object.message, /^too old resource version: 1 \(\d+\)$/)
})

test('a selector shows who enters as ADDED and who leaves as DELETED, as it was', async () => {
  const server = await testServer()
  await create(server, 'a', { labels: { app: 'web' } })
  const watching = await watch(server, '&labelSelector=app%3Dweb&resourceVersion=1')
  assert.deepEqual(told(await watching.next(1)), ['ADDED a'])
  await create(server, 'other', { labels: { app: 'db' } })
  await replace(server, 'a', { labels: { app: 'db' } })
  await replace(server, 'other', { labels: { app: 'web' } })
  await replace(server, 'other', { labels: { app: 'web', more: 'x' } })
  const events = await watching.next(3)
  assert.deepEqual(told(events), ['DELETED a', 'ADDED other', 'MODIFIED other'])
  assert.deepEqual(events[0].object.metadata.labels, { app: 'web' })
  watching.stop()
})

test('fieldSelector=metadata.name watches one object', async () => {
  const server = await testServer()
  const watching = await watch(server, '&fieldSelector=metadata.name%3Db')
  await create(server, 'a')
  await create(server, 'b')
  assert.deepEqual(told(await watching.next(1)), ['ADDED b'])
  watching.stop()
})

test('sendInitialEvents ends the initial events with a bookmark that says so (KEP-3157)', async () => {
  const server = await testServer()
  await create(server, 'a')
  const watching = await watch(server, '&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan')
  const names = await watching.next(2)
  assert.deepEqual(names.map(({ type }) => type), ['ADDED', 'BOOKMARK']) // prettier-ignore
  assert.equal(names[1].object.metadata.annotations['k8s.io/initial-events-end'], 'true')
  assert.equal(names[1].object.kind, 'ConfigMap')
  watching.stop()
})

test('sendInitialEvents without resourceVersionMatch is refused', async () => {
  const { ask } = await testServer()
  const { status, body } = await ask('GET', `${PATH}?watch=1&sendInitialEvents=true`)
  assert.equal(status, 422)
  assert.match(JSON.parse(body).message, /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/)
})

test('bookmarks come by the minute to those who want them, with the newest revision', async () => {
  const clock = stillClock()
  const server = await testServer({ clock })
  const watching = await watch(server, '&allowWatchBookmarks=true')
  const { metadata } = (
    await server.ask('POST', '/api/v1/namespaces/default/secrets', { kind: 'Secret', apiVersion: 'v1', metadata: { name: 's' } })
  ).body
  const next = watching.next(1)
  await create(server, 'a')
  assert.deepEqual(told(await next), ['ADDED a'])
  clock.tick()
  const [bookmark] = await watching.next(1)
  assert.equal(bookmark.type, 'BOOKMARK')
  assert.ok(Number(bookmark.object.metadata.resourceVersion) > Number(metadata.resourceVersion))
  watching.stop()
})

test('a Table watch describes its columns with the first event only', async () => {
  const server = await testServer()
  const watching = await watch(server, '', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
  await create(server, 'a')
  await create(server, 'b')
  const [first, second] = await watching.next(2)
  assert.equal(first.object.columnDefinitions[0].name, 'Name')
  assert.deepEqual(second.object.columnDefinitions, [])
  assert.equal(second.object.rows[0].cells[0], 'b')
  watching.stop()
})

test('all who see an object alike are handed the same bytes', async () => {
  const { raw, ask } = await testServer()
  const stopping = new AbortController()
  const bodies = await Promise.all(
    [1, 2].map(async () => (await raw('GET', `${PATH}?watch=1`, { signal: stopping.signal })).body as AsyncIterable<Uint8Array>),
  )
  const iterators = bodies.map((body) => body[Symbol.asyncIterator]())
  const next = Promise.all(iterators.map((iterator) => iterator.next()))
  await ask('POST', PATH, configMap('a'))
  const [one, two] = await next
  assert.equal(one?.value, two?.value)
  stopping.abort()
})

test('a watcher that reads nothing is cut off, and holds up nobody', async () => {
  const server = await testServer()
  const response = await server.raw('GET', `${PATH}?watch=1`)
  const slow = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const first = slow.next()
  await create(server, 'first')
  await first
  const data = { data: { text: 'x'.repeat(900_000) } }
  for (let index = 0; index < 12; index++) await server.ask('POST', PATH, { ...configMap(`big-${index}`), ...data })
  assert.equal((await slow.next()).done, true)
  assert.equal((await server.ask('GET', `${PATH}/big-11`)).status, 200)
})

test('a watch ends after its timeout', async () => {
  const ended: Clock = { now: () => 0, sleep: async () => {} }
  const { ask } = await testServer({ clock: ended })
  assert.equal((await ask('GET', `${PATH}?watch=1&timeoutSeconds=5`)).body, '')
})

test('a watch too many is refused with a Status, until another one has ended', async () => {
  const { ask, raw } = await testServer()
  const stopping = new AbortController()
  const open = async (): Promise<void> => {
    const { body } = await raw('GET', `${PATH}?watch=1&resourceVersion=1`, { signal: stopping.signal })
    void (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().next()
  }
  await Promise.all(Array.from({ length: MOST_WATCHES }, open))
  const refused = await ask('GET', `${PATH}?watch=1`)
  const listed = await ask('GET', PATH)
  stopping.abort()
  const { reason, details } = typeof refused.body === 'string' ? JSON.parse(refused.body) : refused.body
  assert.deepEqual([refused.status, reason, details.retryAfterSeconds], [429, 'TooManyRequests', 1])
  assert.equal(listed.status, 200)
  await eventually(async () => assert.equal((await raw('GET', `${PATH}?watch=1&timeoutSeconds=1`)).status, 200))
})
