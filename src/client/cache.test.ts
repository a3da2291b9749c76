import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConfigMap, configMaps, type ObjectList } from '../api/index.ts'
import { silent, systemClock } from '../lib/index.ts'
import { eventually } from '../testing/index.ts'
import type { Handler, HttpResponse } from '../wire/index.ts'
import { createCaches } from './caches.ts'
import { createClient } from './rest.ts'

const map = (name: string, resourceVersion: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: name, resourceVersion },
  data,
})

/** A server that lists what it has and streams what it is told; `expire` forgets its history. */
function fakeServer() {
  let items: ConfigMap[] = []
  let revision = 1
  let oldest = 0
  const asked: string[] = []
  const streams = new Set<(line: object | undefined) => void>()
  const handler: Handler = async ({ path, signal }): Promise<HttpResponse> => {
    asked.push(path.includes('watch=true') ? `watch ${/resourceVersion=(\d+)/.exec(path)?.[1]}` : 'list')
    if (!path.includes('watch=true'))
      return json({ apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: String(revision) }, items })
    const since = Number(/resourceVersion=(\d+)/.exec(path)?.[1])
    if (since < oldest) return { ...json({ kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }), status: 410 }
    return { status: 200, headers: {}, body: stream(signal) }
  }
  async function* stream(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const waiting: (object | undefined)[] = []
    let wake = (): void => {}
    const push = (line: object | undefined): void => {
      waiting.push(line)
      wake()
    }
    streams.add(push)
    signal?.addEventListener('abort', () => push(undefined))
    for (;;) {
      while (waiting.length > 0) {
        const line = waiting.shift()
        if (line === undefined) return void streams.delete(push)
        // In two pieces, because a network gives no promise about where it cuts.
        const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
        yield bytes.subarray(0, 7)
        yield bytes.subarray(7)
      }
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const json = (value: ObjectList<ConfigMap> | object): HttpResponse => ({
    status: 200,
    headers: {},
    body: Buffer.from(JSON.stringify(value)),
  })
  return {
    handler,
    asked,
    put(name: string, data: Record<string, string> = {}, { silently = false } = {}) {
      const object = map(name, String(++revision), data)
      const type = items.some((item) => item.metadata.name === name) ? 'MODIFIED' : 'ADDED'
      items = [...items.filter((item) => item.metadata.name !== name), object]
      if (!silently) for (const push of streams) push({ type, object })
    },
    remove(name: string, { silently = false } = {}) {
      const object = items.find((item) => item.metadata.name === name)
      items = items.filter((item) => item !== object)
      revision++
      if (!silently)
        for (const push of streams)
          push({ type: 'DELETED', object: { ...object, metadata: { ...object?.metadata, resourceVersion: String(revision) } } })
    },
    expire() {
      oldest = ++revision
      for (const push of streams) push(undefined)
    },
    cut() {
      for (const push of streams) push(undefined)
    },
  }
}

function start() {
  const server = fakeServer()
  server.put('a')
  const stop = new AbortController()
  const cache = createCaches({ client: createClient(server.handler), log: silent, clock: systemClock }, stop.signal).of(
    configMaps,
  )
  const told: string[] = []
  cache.onChange((after, before) => told.push(`${before ? (after ? '~' : '-') : '+'}${(after ?? before)?.metadata.name}`))
  return { server, cache, told, stop: () => stop.abort(new Error('the test is over')) }
}

test('a cache holds what was listed and follows what changes, and tells of each once', async () => {
  const { server, cache, told, stop } = start()
  await cache.whenSynced()
  await eventually(() => assert.ok(server.asked.some((what) => what.startsWith('watch'))))
  server.put('b')
  server.put('a', { k: 'v' })
  server.remove('b')
  await eventually(() => assert.deepEqual(told, ['+a', '+b', '~a', '-b']))
  assert.deepEqual(
    cache.list().map((object) => object.data),
    [{ k: 'v' }],
  )
  stop()
})

test('a watch that breaks is resumed where it was, without listing again', async () => {
  const { server, cache, told, stop } = start()
  await cache.whenSynced()
  await eventually(() => assert.equal(server.asked.length, 2))
  server.put('b')
  await eventually(() => assert.ok(cache.get('default/b')))
  server.cut()
  await eventually(() => assert.deepEqual(server.asked, ['list', 'watch 2', 'watch 3']))
  server.put('c')
  await eventually(() => assert.deepEqual(told, ['+a', '+b', '+c']))
  stop()
})

test('when the server has forgotten the revision, the difference is told and nothing else [NET-11]', async () => {
  const { server, cache, told, stop } = start()
  await cache.whenSynced()
  await eventually(() => assert.equal(server.asked.length, 2))
  server.put('b')
  await eventually(() => assert.ok(cache.get('default/b')))
  server.remove('a', { silently: true })
  server.put('b', { k: 'v' }, { silently: true })
  server.expire()
  await eventually(() => assert.deepEqual(told, ['+a', '+b', '-a', '~b']))
  stop()
})

test('indexes follow changes, and one object can be waited for', async () => {
  const { server, cache, stop } = start()
  cache.addIndex('color', (object) => (object.data?.['color'] ? [object.data['color']] : []))
  await cache.whenSynced()
  await eventually(() => assert.equal(server.asked.length, 2))
  const red = cache.until('default/b', (object) => object?.data?.['color'] === 'red', AbortSignal.timeout(5_000))
  server.put('b', { color: 'blue' })
  server.put('b', { color: 'red' })
  await red
  assert.deepEqual(cache.byIndex('color', 'blue'), [])
  assert.deepEqual(
    cache.byIndex('color', 'red').map((object) => object.metadata.name),
    ['b'],
  )
  server.remove('b')
  await cache.until('default/b', (object) => object === undefined, AbortSignal.timeout(5_000))
  assert.deepEqual(cache.byIndex('color', 'red'), [])
  await assert.rejects(cache.until('default/x', Boolean, AbortSignal.abort(new Error('enough'))), /enough/)
  stop()
})
