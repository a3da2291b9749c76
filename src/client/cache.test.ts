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

/** A server that streams what it has and what it is told; `expire` forgets its history. An old one lists what it has. */
function fakeServer({ old = false, breaksOnce = false } = {}) {
  let items: ConfigMap[] = []
  let revision = 1
  let oldest = 0
  const asked: string[] = []
  const streams = new Set<(line: object | undefined) => void>()
  const refusal = (code: number): HttpResponse => ({ ...json({ kind: 'Status', code, message: 'no' }), status: code })
  const handler: Handler = async ({ path, signal }): Promise<HttpResponse> => {
    const since = /resourceVersion=(\d+)/.exec(path)?.[1]
    asked.push(path.includes('watch=true') ? `watch ${since ?? 'all'}` : 'list')
    if (!path.includes('watch=true'))
      return json({ apiVersion: 'v1', kind: 'ConfigMapList', metadata: { resourceVersion: String(revision) }, items })
    if (since === undefined && old) return refusal(422)
    if (since !== undefined && Number(since) < oldest) return refusal(410)
    return { status: 200, headers: {}, body: stream(since === undefined ? initialEvents() : [], signal) }
  }
  const initialEvents = (): (object | undefined)[] => {
    const cut = breaksOnce ? [undefined] : []
    breaksOnce = false
    return [...allEvents().slice(0, cut.length > 0 ? -1 : undefined), ...cut]
  }
  const allEvents = (): object[] => [
    ...items.map((object) => ({ type: 'ADDED', object })),
    {
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: String(revision), annotations: { 'k8s.io/initial-events-end': 'true' } } },
    },
  ]
  async function* stream(first: (object | undefined)[], signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const waiting: (object | undefined)[] = first
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

function start(options = {}) {
  const server = fakeServer(options)
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

test('a server that can only list what there is, is asked for a list', async () => {
  const { server, cache, told, stop } = start({ old: true })
  await cache.whenSynced()
  await eventually(() => assert.deepEqual(server.asked, ['watch all', 'list', 'watch 2']))
  server.put('b')
  await eventually(() => assert.deepEqual(told, ['+a', '+b']))
  stop()
})

test('what breaks before the whole was told is begun again, and nothing of it is believed', async () => {
  const { server, cache, stop } = start({ breaksOnce: true })
  await cache.whenSynced()
  assert.deepEqual(server.asked, ['watch all', 'watch all'])
  stop()
})

test('a watch that breaks is resumed where it was, without asking for the whole again', async () => {
  const { server, cache, told, stop } = start()
  await cache.whenSynced()
  server.put('b')
  await eventually(() => assert.ok(cache.get('default/b')))
  server.cut()
  await eventually(() => assert.deepEqual(server.asked, ['watch all', 'watch 3']))
  server.put('c')
  await eventually(() => assert.deepEqual(told, ['+a', '+b', '+c']))
  stop()
})

test('when the server has forgotten the revision, the difference is told and nothing else [NET-11]', async () => {
  const { server, cache, told, stop } = start()
  await cache.whenSynced()
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
  const colored = cache.indexBy((object) => (object.data?.['color'] ? [object.data['color']] : []))
  await cache.whenSynced()
  const red = cache.until('default/b', (object) => object?.data?.['color'] === 'red', AbortSignal.timeout(5_000))
  server.put('b', { color: 'blue' })
  server.put('b', { color: 'red' })
  await red
  assert.deepEqual(colored('blue'), [])
  assert.deepEqual(
    colored('red').map((object) => object.metadata.name),
    ['b'],
  )
  const named = cache.indexBy(({ metadata }) => [metadata.name ?? ''])
  assert.deepEqual([named('b').length, named('red').length], [1, 0], 'another index, of what was there before')
  server.remove('b')
  await cache.until('default/b', (object) => object === undefined, AbortSignal.timeout(5_000))
  assert.deepEqual(colored('red'), [])
  await assert.rejects(cache.until('default/x', Boolean, AbortSignal.abort(new Error('enough'))), /enough/)
  stop()
})
