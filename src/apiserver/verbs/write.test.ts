import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

const PATH = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, more: object = {}): Json => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  ...more,
})

test('a created object has what the server gives it, and only that [SVC-11]', async () => {
  const { ask } = await testServer()
  const forged = {
    uid: 'mine',
    creationTimestamp: '2001-01-01T00:00:00Z',
    deletionTimestamp: '2001-01-01T00:00:00Z',
    resourceVersion: '',
  }
  const { status, body } = await ask('POST', PATH, configMap('a', { metadata: { name: 'a', ...forged } }))
  assert.equal(status, 201)
  assert.match(body.metadata.uid, /^[0-9a-f-]{36}$/)
  assert.match(body.metadata.creationTimestamp, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.notEqual(body.metadata.creationTimestamp, forged.creationTimestamp)
  assert.equal(body.metadata.deletionTimestamp, undefined)
  assert.equal(body.metadata.namespace, 'default')
})

const refusals: readonly [title: string, method: string, path: string, body: unknown, status: number, message: RegExp][] = [
  ['twice', 'POST', PATH, configMap('there'), 409, /^configmaps "there" already exists$/],
  ['in no namespace', 'POST', '/api/v1/namespaces/nix/configmaps', configMap('a'), 404, /^namespaces "nix" not found$/],
  ['in another namespace', 'POST', PATH, configMap('a', { metadata: { name: 'a', namespace: 'b' } }), 400, /^the namespace of the provided object does not match the namespace sent on the request$/],
  ['without a name', 'POST', PATH, configMap('a', { metadata: {} }), 422, /^ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required$/],
  ['of another kind', 'POST', PATH, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } }, 400, /^Secret in version "v1" cannot be handled as a ConfigMap: converting \(v1.Secret\) to \(core.ConfigMap\): unknown conversion$/],
  ['that is no JSON', 'POST', PATH, '{', 400, /./],
  ['to an unknown resource', 'POST', '/api/v1/namespaces/default/nothings', configMap('a'), 404, /^the server could not find the requested resource$/],
  ['by a PUT to another name', 'PUT', `${PATH}/there`, configMap('other'), 400, /^the name of the object \(other\) does not match the name on the URL \(there\)$/],
  ['by a PUT to nothing', 'PUT', `${PATH}/nix`, configMap('nix'), 404, /^configmaps "nix" not found$/],
  ['of an old version', 'PUT', `${PATH}/there`, configMap('there', { metadata: { name: 'there', resourceVersion: '1' } }), 409, /^Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again$/],
  ['of another uid', 'PUT', `${PATH}/there`, configMap('there', { metadata: { name: 'there', uid: 'x' } }), 409, /Precondition failed: UID in precondition: x/],
  ['with an unknown stage', 'POST', `${PATH}?dryRun=Some`, configMap('a'), 422, /dryRun: Unsupported value: "Some": supported values: "All"/],
  ['deleted but not there', 'DELETE', `${PATH}/nix`, undefined, 404, /^configmaps "nix" not found$/],
  ['that must stay', 'DELETE', '/api/v1/namespaces/kube-system', undefined, 403, /^namespaces "kube-system" is forbidden: this namespace may not be deleted$/],
  ['with a wrong precondition', 'DELETE', `${PATH}/there`, { preconditions: { uid: 'x' } }, 409, /Precondition failed: UID in precondition: x, UID in object meta: /],
] // prettier-ignore
for (const [title, method, path, body, status, message] of refusals) {
  test(`an object ${title} is refused in upstream's words [SVC-11]`, async () => {
    const { ask } = await testServer()
    await ask('POST', PATH, configMap('there'))
    const answer = await ask(method, path, body)
    assert.deepEqual([answer.status, answer.body.code, answer.body.status], [status, status, 'Failure'])
    assert.match(answer.body.message, message)
  })
}

test('a body in an unknown encoding is refused', async () => {
  const { ask } = await testServer()
  assert.equal((await ask('POST', PATH, 'x', { headers: { 'content-type': 'application/cbor' } })).status, 415)
})

test('a body may be YAML', async () => {
  const { ask } = await testServer()
  const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: "1"}\n'
  const { status, body } = await ask('POST', PATH, yaml, { headers: { 'content-type': 'application/yaml' } })
  assert.deepEqual([status, body.data], [201, { x: '1' }])
})

test('an unknown field is refused, warned of or ignored, as the client wants it [SVC-11]', async () => {
  const { ask } = await testServer()
  const create = (level: string, name: string) => ask('POST', `${PATH}?fieldValidation=${level}`, configMap(name, { bogus: 1 }))
  assert.match((await create('Strict', 'a')).body.message, /strict decoding error: unknown field "bogus"/)
  assert.match((await create('Warn', 'b')).headers['warning'] ?? '', /299 - "unknown field \\"bogus\\""/)
  assert.equal((await create('Ignore', 'c')).headers['warning'], undefined)
})

test('a PUT that changes nothing writes nothing', async () => {
  const { ask } = await testServer()
  const { body } = await ask('POST', PATH, configMap('a', { data: { x: '1' } }))
  const again = await ask('PUT', `${PATH}/a`, configMap('a', { data: { x: '1' } }))
  assert.equal(again.body.metadata.resourceVersion, body.metadata.resourceVersion)
})

test('of concurrent patches none is lost', async () => {
  const { ask } = await testServer()
  await ask('POST', PATH, configMap('a'))
  const headers = { 'content-type': 'application/merge-patch+json' }
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => ask('PATCH', `${PATH}/a`, { data: { [`k${index}`]: 'x' } }, { headers })),
  )
  assert.equal(Object.keys((await ask('GET', `${PATH}/a`)).body.data).length, 20)
})

test('a dry run answers what would be, and nothing is [SVC-11]', async () => {
  const { ask } = await testServer()
  assert.equal((await ask('POST', `${PATH}?dryRun=All`, configMap('a'))).status, 201)
  assert.equal((await ask('GET', `${PATH}/a`)).status, 404)
  await ask('POST', PATH, configMap('a'))
  assert.equal((await ask('DELETE', `${PATH}/a?dryRun=All`)).status, 200)
  assert.equal((await ask('GET', `${PATH}/a`)).status, 200)
})

test('a finalizer keeps an object until it is removed', async () => {
  const { ask } = await testServer()
  await ask('POST', PATH, configMap('a', { metadata: { name: 'a', finalizers: ['example.com/wait'] } }))
  const deleting = (await ask('DELETE', `${PATH}/a`)).body
  assert.match(deleting.metadata.deletionTimestamp, /Z$/)
  assert.equal((await ask('GET', `${PATH}/a`)).status, 200)
  const headers = { 'content-type': 'application/merge-patch+json' }
  assert.equal((await ask('PATCH', `${PATH}/a`, { metadata: { finalizers: null } }, { headers })).status, 200)
  assert.equal((await ask('GET', `${PATH}/a`)).status, 404)
})

test('foreground and orphan deletion wait for the garbage collector [POD-7]', async () => {
  const { ask } = await testServer()
  for (const [policy, finalizer] of [
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ]) {
    // prettier-ignore
    await ask('POST', PATH, configMap('a'))
    const { body } = await ask('DELETE', `${PATH}/a`, { propagationPolicy: policy })
    assert.deepEqual(body.metadata.finalizers, [finalizer])
    await ask(
      'PATCH',
      `${PATH}/a`,
      { metadata: { finalizers: null } },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    )
  }
})

test('deletecollection deletes what the selector chooses', async () => {
  const { ask } = await testServer()
  for (const name of ['a', 'b', 'c'])
    await ask('POST', PATH, configMap(name, { metadata: { name, labels: { which: name === 'c' ? 'kept' : 'gone' } } }))
  assert.equal((await ask('DELETE', `${PATH}?labelSelector=which%3Dgone`)).status, 200)
  assert.deepEqual((await ask('GET', PATH)).body.items.map((item: Json) => item.metadata.name), ['c']) // prettier-ignore
})

test('a namespace goes when its content has been removed, and takes in nothing meanwhile [POD-7]', async () => {
  const { ask } = await testServer()
  const namespace = (await ask('POST', '/api/v1/namespaces', { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'x' } }))
    .body
  assert.deepEqual(namespace.spec.finalizers, ['kubernetes'])
  const deleting = (await ask('DELETE', '/api/v1/namespaces/x')).body
  assert.equal(deleting.status.phase, 'Terminating')
  assert.match((await ask('DELETE', '/api/v1/namespaces/x')).body.message, /The system is ensuring all content is removed/)
  const refused = await ask('POST', '/api/v1/namespaces/x/configmaps', configMap('a'))
  assert.equal(
    refused.body.message,
    'configmaps "a" is forbidden: unable to create new content in namespace x because it is being terminated',
  )
  await ask('PUT', '/api/v1/namespaces/x/finalize', { ...deleting, spec: { finalizers: [] } })
  assert.equal((await ask('GET', '/api/v1/namespaces/x')).status, 404)
})
