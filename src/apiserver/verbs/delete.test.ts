import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'

const PATH = '/api/v1/namespaces/default/configmaps/a'

const wrong: readonly [query: string, status: number, message: RegExp][] = [
  ['propagationPolicy=X', 422, /propagationPolicy: Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"$/],
  ['propagationPolicy=Orphan&orphanDependents=true', 422, /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set/],
  ['gracePeriodSeconds=x', 400, /strconv.ParseInt: parsing "x": invalid syntax/],
] // prettier-ignore
for (const [query, status, message] of wrong) {
  test(`a deletion with ${query} is refused, and deletes nothing [POD-7]`, async () => {
    const { ask } = await testServer()
    const made = await ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } })
    const answer = await ask('DELETE', `${PATH}?${query}`)
    assert.equal(answer.status, status)
    assert.match(answer.body.message, message)
    assert.deepEqual((await ask('GET', PATH)).body, made.body)
  })
}

test('orphans are asked for in the old way, too', async () => {
  const { ask } = await testServer()
  await ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } })
  assert.deepEqual((await ask('DELETE', `${PATH}?orphanDependents=true`)).body.metadata.finalizers, ['orphan'])
})

test('nobody deletes all Namespaces at once [POD-7]', async () => {
  const { ask } = await testServer()
  assert.equal((await ask('DELETE', '/api/v1/namespaces')).status, 405)
  const { resources } = (await ask('GET', '/api/v1')).body
  const verbs = (name: string): string[] => resources.find((one: { name: string }) => one.name === name).verbs
  assert.ok(!verbs('namespaces').includes('deletecollection'))
  assert.ok(verbs('services').includes('deletecollection'))
})

test('watches can be asked for as they were before there was a parameter', async () => {
  const { ask } = await testServer()
  await ask('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' } })
  const text = (await ask('GET', '/api/v1/watch/namespaces/default/configmaps?timeoutSeconds=1&watch=1')).body
  assert.match(String(text), /^\{"type":"ADDED","object":\{"kind":"ConfigMap"/)
})

test('what belongs to a Job or a ReplicationController stays when nothing is said about it [POD-7]', async () => {
  const { ask } = await testServer()
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never' },
  }
  const jobs = '/apis/batch/v1/namespaces/default/jobs'
  await ask('POST', jobs, { metadata: { name: 'j' }, spec: { template } })
  assert.deepEqual((await ask('DELETE', `${jobs}/j`)).body.metadata.finalizers, ['orphan'])
  const controllers = '/api/v1/namespaces/default/replicationcontrollers'
  const always = { ...template, spec: { ...template.spec, restartPolicy: 'Always' } }
  await ask('POST', controllers, { metadata: { name: 'r' }, spec: { selector: { app: 'a' }, template: always } })
  assert.deepEqual((await ask('DELETE', `${controllers}/r`)).body.metadata.finalizers, ['orphan'])
})
