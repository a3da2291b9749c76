import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStore } from '../../store/index.ts'
import { testServer } from '../testing/server.ts'
import type { Json, TestServer } from '../testing/server.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const names = (body: Json): string[] => body.items.map((item: Json) => item.metadata.name)

/** `a` to `e`, of which every second one is odd. */
async function withFive(server: TestServer): Promise<TestServer> {
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, labels: { odd: String(index % 2) } } }
    assert.equal((await server.ask('POST', PATH, object)).status, 201)
  }
  return server
}

test('a list says what it is, and of which revision', async () => {
  const store = memoryStore()
  const { ask } = await withFive(await testServer({ store }))
  const { body } = await ask('GET', PATH)
  assert.deepEqual(
    [body.kind, body.apiVersion, body.metadata],
    ['ConfigMapList', 'v1', { resourceVersion: String(store.revision) }],
  )
  assert.deepEqual(names(body), ['a', 'b', 'c', 'd', 'e'])
})

test('pages continue where the one before ended, as of the same revision', async () => {
  const { ask } = await withFive(await testServer())
  const first = (await ask('GET', `${PATH}?limit=2`)).body
  assert.deepEqual([names(first), first.metadata.remainingItemCount], [['a', 'b'], 3])
  await ask('DELETE', `${PATH}/d`)
  const second = (await ask('GET', `${PATH}?limit=2&continue=${first.metadata.continue}`)).body
  assert.deepEqual([names(second), second.metadata.resourceVersion], [['c', 'd'], first.metadata.resourceVersion])
  const third = (await ask('GET', `${PATH}?limit=2&continue=${second.metadata.continue}`)).body
  assert.deepEqual([names(third), third.metadata.continue], [['e'], undefined])
})

test('a page whose history is gone is expired, with a token to go on with what is there', async () => {
  const store = memoryStore()
  const { ask } = await withFive(await testServer({ store }))
  const first = (await ask('GET', `${PATH}?limit=2`)).body
  await ask('DELETE', `${PATH}/d`)
  await store.compact(store.revision)
  const { status, body } = await ask('GET', `${PATH}?continue=${first.metadata.continue}`)
  assert.deepEqual([status, body.reason], [410, 'Expired'])
  assert.deepEqual(names((await ask('GET', `${PATH}?continue=${body.metadata.continue}`)).body), ['c', 'e'])
})

test('selectors choose, and pages of a selection are full', async () => {
  const { ask } = await withFive(await testServer())
  const first = (await ask('GET', `${PATH}?labelSelector=odd%3D0&limit=2`)).body
  assert.deepEqual(names(first), ['a', 'c'])
  assert.deepEqual(names((await ask('GET', `${PATH}?labelSelector=odd%3D0&limit=2&continue=${first.metadata.continue}`)).body), [
    'e',
  ])
  assert.deepEqual(names((await ask('GET', `${PATH}?fieldSelector=metadata.name%3Db`)).body), ['b'])
})

const revisions: readonly [query: string, status: number][] = [
  ['resourceVersion=0', 200],
  ['resourceVersion=3', 200],
  ['resourceVersion=999999', 504],
  ['resourceVersion=nonsense', 400],
  ['resourceVersionMatch=Exact', 422],
  ['resourceVersionMatch=Exact&resourceVersion=0', 422],
  ['resourceVersionMatch=Sometimes&resourceVersion=1', 422],
  ['sendInitialEvents=true', 422],
  ['continue=nonsense', 400],
  ['labelSelector=%3D%3D', 400],
  ['fieldSelector=data.x%3D1', 400],
]
for (const [query, status] of revisions) {
  test(`?${query} is ${status}`, async () => {
    const { ask } = await testServer()
    assert.equal((await ask('GET', `${PATH}?${query}`)).status, status)
  })
}

test('an exact revision shows the past', async () => {
  const { ask } = await withFive(await testServer())
  const { body } = await ask('GET', PATH)
  await ask('DELETE', `${PATH}/a`)
  const past = await ask('GET', `${PATH}?resourceVersionMatch=Exact&resourceVersion=${body.metadata.resourceVersion}`)
  assert.deepEqual(names(past.body), ['a', 'b', 'c', 'd', 'e'])
})

test('metadata alone, YAML and tables are other views of the same list', async () => {
  const { ask } = await withFive(await testServer())
  const view = async (accept: string): Promise<Json> => (await ask('GET', PATH, undefined, { headers: { accept } })).body
  const partial = await view('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
  assert.deepEqual([partial.kind, partial.items[0].kind], ['PartialObjectMetadataList', 'PartialObjectMetadata'])
  assert.match(await view('application/yaml'), /^kind: ConfigMapList\n/)
  assert.equal((await view('application/json;as=Table;v=v1;g=meta.k8s.io,application/json')).rows.length, 5)
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
  const wrong = await ask('GET', `${PATH}?includeObject=All`, undefined, { headers })
  assert.equal(wrong.status, 400)
  assert.match(
    wrong.body.message,
    /^Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata'/,
  )
  assert.equal((await view('application/vnd.kubernetes.protobuf')).code, 406)
  assert.equal((await view('application/vnd.kubernetes.protobuf,application/json')).kind, 'ConfigMapList')
})

test('every request about Endpoints is told what replaces them', async () => {
  const { ask } = await testServer()
  const warning = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"'
  assert.equal((await ask('GET', '/api/v1/endpoints')).headers['warning'], warning)
  assert.equal((await ask('GET', PATH)).headers['warning'], undefined)
})
