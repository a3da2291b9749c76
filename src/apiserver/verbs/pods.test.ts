import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { TestServer } from '../testing/server.ts'

const PATH = '/api/v1/namespaces/default/pods'
const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
const binding = { kind: 'Binding', apiVersion: 'v1', metadata: { name: 'web' }, target: { kind: 'Node', name: 'node1' } }

async function bound(): Promise<TestServer> {
  const server = await testServer()
  assert.equal((await server.ask('POST', PATH, pod)).status, 201)
  assert.equal((await server.ask('POST', `${PATH}/web/binding`, binding)).status, 201)
  return server
}

test('binding gives a Pod its node, once [POD-7]', async () => {
  const { ask } = await bound()
  const { body } = await ask('GET', `${PATH}/web`)
  assert.equal(body.spec.nodeName, 'node1')
  assert.deepEqual(body.status.conditions.map(({ type, status }: { type: string; status: string }) => [type, status]), [['PodScheduled', 'True']]) // prettier-ignore
  const again = await ask('POST', `${PATH}/web/binding`, binding)
  assert.equal(again.status, 409)
  assert.match(again.body.message, /pod web is already assigned to node "node1"/)
})

test('a Pod without a node goes at once [POD-7]', async () => {
  const { ask } = await testServer()
  await ask('POST', PATH, pod)
  assert.equal((await ask('DELETE', `${PATH}/web`)).status, 200)
  assert.equal((await ask('GET', `${PATH}/web`)).status, 404)
})

test('a Pod on a node waits for its kubelet, which deletes it without grace [POD-7]', async () => {
  const { ask } = await bound()
  const { body } = await ask('DELETE', `${PATH}/web`)
  assert.equal(body.metadata.deletionGracePeriodSeconds, 30)
  assert.ok(Date.parse(body.metadata.deletionTimestamp) > Date.now() + 25_000)
  const shorter = (await ask('DELETE', `${PATH}/web`, { gracePeriodSeconds: 5 })).body
  assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5)
  assert.equal((await ask('DELETE', `${PATH}/web`, { gracePeriodSeconds: 60 })).body.metadata.deletionGracePeriodSeconds, 5)
  assert.equal((await ask('DELETE', `${PATH}/web`, { gracePeriodSeconds: 0 })).status, 200)
  assert.equal((await ask('GET', `${PATH}/web`)).status, 404)
})

test('an eviction is a deletion [POD-7]', async () => {
  const { ask } = await bound()
  const eviction = {
    kind: 'Eviction',
    apiVersion: 'policy/v1',
    metadata: { name: 'web' },
    deleteOptions: { gracePeriodSeconds: 3 },
  }
  assert.equal((await ask('POST', `${PATH}/web/eviction`, eviction)).status, 201)
  assert.equal((await ask('GET', `${PATH}/web`)).body.metadata.deletionGracePeriodSeconds, 3)
})

test('the status is written by itself, and only the status [SVC-11]', async () => {
  const { ask } = await bound()
  const { body } = await ask('GET', `${PATH}/web`)
  const changed = {
    ...body,
    metadata: { ...body.metadata, resourceVersion: undefined },
    spec: { ...body.spec, nodeName: 'other' },
    status: { phase: 'Running', podIP: '10.244.0.5' },
  }
  const status = (await ask('PUT', `${PATH}/web/status`, changed)).body
  assert.deepEqual([status.status.phase, status.spec.nodeName], ['Running', 'node1'])
})

test('scale reads and writes the replicas [POD-7]', async () => {
  const { ask } = await testServer()
  const path = '/apis/apps/v1/namespaces/default/deployments'
  const { metadata, spec } = pod
  const template = { metadata: { labels: { app: 'web' } }, spec }
  const deployment = {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata,
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
  }
  assert.equal((await ask('POST', path, deployment)).status, 201)
  const scale = (await ask('GET', `${path}/web/scale`)).body
  assert.deepEqual([scale.kind, scale.spec.replicas, scale.status.selector], ['Scale', 2, 'app=web'])
  assert.equal((await ask('PUT', `${path}/web/scale`, { ...scale, spec: { replicas: 5 } })).body.spec.replicas, 5)
  const headers = { 'content-type': 'application/merge-patch+json' }
  assert.equal((await ask('PATCH', `${path}/web/scale`, { spec: { replicas: 1 } }, { headers })).body.spec.replicas, 1)
  const after = (await ask('GET', `${path}/web`)).body
  assert.deepEqual([after.spec.replicas, after.metadata.generation], [1, 3])
})
