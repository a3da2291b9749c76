import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

const DEFAULT = '/api/v1/namespaces/default'
const merge = { headers: { 'content-type': 'application/merge-patch+json' } }

test('what is empty is not kept where upstream leaves it out, and kept where it says something [SVC-11]', async () => {
  const { ask } = await testServer()
  const metadata = { name: 'a', labels: {}, annotations: {}, finalizers: [], generateName: '', ownerReferences: [] }
  const spec = { clusterIP: '', clusterIPs: [], externalIPs: [], publishNotReadyAddresses: false, type: '', selector: {}, ports: [{ port: 80, name: '', targetPort: 0, nodePort: 0 }] } // prettier-ignore
  const { body } = await ask('POST', `${DEFAULT}/services`, { metadata, spec: { ...spec, ports: [{ port: 80, name: '', nodePort: 0 }] } }) // prettier-ignore
  assert.deepEqual(Object.keys(body.metadata).sort(), ['creationTimestamp', 'managedFields', 'name', 'namespace', 'resourceVersion', 'uid']) // prettier-ignore
  assert.deepEqual(body.spec.ports, [{ port: 80, protocol: 'TCP', targetPort: 80 }])
  assert.equal(body.spec.type, 'ClusterIP')
  for (const field of ['externalIPs', 'publishNotReadyAddresses', 'selector']) assert.ok(!(field in body.spec), field)
  const port = await ask('POST', `${DEFAULT}/services`, { metadata: { name: 'b' }, spec })
  assert.equal(port.body.spec.ports[0].targetPort, 80)
})

test('a pointer to nothing is something', async () => {
  const { ask } = await testServer()
  const spec = { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', emptyDir: {} }], automountServiceAccountToken: false } } } // prettier-ignore
  const made = await ask('POST', '/apis/apps/v1/namespaces/default/deployments', { metadata: { name: 'd' }, spec })
  const { replicas, template } = made.body.spec
  assert.deepEqual([replicas, template.spec.volumes[0].emptyDir, template.spec.automountServiceAccountToken], [0, {}, false])
  const policy = await ask('POST', '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', { metadata: { name: 'p' }, spec: { podSelector: {}, ingress: [{}] } }) // prettier-ignore
  assert.deepEqual([policy.body.spec.podSelector, policy.body.spec.ingress], [{}, [{}]])
})

test('values of people are left alone', async () => {
  const { ask } = await testServer()
  const data = { empty: '', 'other.key': 'x' }
  assert.deepEqual(
    (await ask('POST', `${DEFAULT}/configmaps`, { metadata: { name: 'c', labels: { a: '' } }, data })).body.data,
    data,
  )
  const revision = { metadata: { name: 'r' }, revision: 1, data: { spec: { raw: '', list: [] } } }
  const made = await ask('POST', '/apis/apps/v1/namespaces/default/controllerrevisions', revision)
  assert.deepEqual(made.body.data, revision.data)
})

const emptied: readonly [title: string, type: string, patch: Json][] = [
  ['merge patch', 'application/merge-patch+json', { metadata: { finalizers: [], labels: {} } }],
  ['strategic merge patch', 'application/strategic-merge-patch+json', { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/b'] } }], // prettier-ignore
  ['JSON patch', 'application/json-patch+json', [{ op: 'replace', path: '/metadata/finalizers', value: [] }]],
]
for (const [title, type, patch] of emptied) {
  test(`a ${title} that empties a list leaves none behind`, async () => {
    const { ask } = await testServer()
    await ask('POST', `${DEFAULT}/configmaps`, { metadata: { name: 'c', finalizers: ['a/b'] } })
    const { body } = await ask('PATCH', `${DEFAULT}/configmaps/c`, patch, { headers: { 'content-type': type } })
    assert.ok(!('finalizers' in body.metadata), JSON.stringify(body.metadata))
    const fields = JSON.stringify(body.metadata.managedFields ?? [])
    assert.ok(!fields.includes('f:finalizers'), fields)
  })
}

test('an object that waits for its last finalizer goes when a merge patch empties the list', async () => {
  const { ask } = await testServer()
  await ask('POST', `${DEFAULT}/configmaps`, { metadata: { name: 'c', finalizers: ['a/b'] } })
  await ask('DELETE', `${DEFAULT}/configmaps/c`)
  await ask('PATCH', `${DEFAULT}/configmaps/c`, { metadata: { finalizers: [] } }, merge)
  assert.equal((await ask('GET', `${DEFAULT}/configmaps/c`)).status, 404)
})
