import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { testServer } from '../../testing/server.ts'
import type { Json, TestServer } from '../../testing/server.ts'
import type { User } from '../user.ts'

const nodeUser = (name: string): User => ({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] })
const DEFAULT = '/api/v1/namespaces/default'
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
const OTHER_LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

const SPEC = {
  serviceAccountName: 'robot',
  containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'own' } }, { configMapRef: { name: 'own' } }] }],
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'own' } }],
}

async function prepared(): Promise<TestServer> {
  const server = await testServer()
  const { ask } = server
  for (const name of ['n1', 'n2']) await ask('POST', '/api/v1/nodes', { metadata: { name } })
  await ask('POST', `${DEFAULT}/pods`, { metadata: { name: 'p1' }, spec: { ...SPEC, nodeName: 'n1' } })
  await ask('POST', `${DEFAULT}/pods`, { metadata: { name: 'p2' }, spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n2' } }) // prettier-ignore
  await ask('POST', `${DEFAULT}/serviceaccounts`, { metadata: { name: 'robot' } })
  for (const name of ['own', 'foreign']) {
    await ask('POST', `${DEFAULT}/secrets`, { metadata: { name } })
    await ask('POST', `${DEFAULT}/configmaps`, { metadata: { name } })
    await ask('POST', `${DEFAULT}/persistentvolumeclaims`, { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], volumeName: `volume-${name}`, resources: { requests: { storage: '1Gi' } } } }) // prettier-ignore
    await ask('POST', '/api/v1/persistentvolumes', { metadata: { name: `volume-${name}` }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }) // prettier-ignore
  }
  return server
}

/** What n1 asks, and why not; empty when it may. */
const reads: readonly [method: string, path: string, reason: RegExp | undefined][] = [
  ['GET', '/api/v1/services', undefined],
  ['GET', '/api/v1/namespaces', /cannot list resource "namespaces"/],
  ['GET', '/api/v1/nodes/n1', undefined],
  ['GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dn1', undefined],
  ['GET', '/api/v1/nodes/n2', /node 'n1' cannot read 'n2', only its own Node object/],
  ['GET', '/api/v1/nodes', /node 'n1' cannot read all nodes, only its own Node object/],
  ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', undefined],
  ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn2', /can only list\/watch pods with spec.nodeName field selector/],
  ['GET', '/api/v1/pods', /can only list\/watch pods with spec.nodeName field selector/],
  ['GET', `${DEFAULT}/pods/p1`, undefined],
  ['GET', `${DEFAULT}/pods/p2`, /no relationship found between node 'n1' and this object/],
  ['GET', `${DEFAULT}/secrets/own`, undefined],
  ['GET', `${DEFAULT}/secrets?fieldSelector=metadata.name%3Down`, undefined],
  ['GET', `${DEFAULT}/secrets/foreign`, /no relationship found between node 'n1' and this object/],
  ['GET', `${DEFAULT}/secrets`, /No Object name found/],
  ['GET', '/api/v1/secrets', /can only read namespaced object of this type/],
  ['PUT', `${DEFAULT}/secrets/own`, /can only read resources of this type/],
  ['GET', `${DEFAULT}/configmaps/own`, undefined],
  ['GET', `${DEFAULT}/configmaps/foreign`, /no relationship found/],
  ['GET', `${DEFAULT}/persistentvolumeclaims/own`, undefined],
  ['GET', `${DEFAULT}/persistentvolumeclaims/foreign`, /no relationship found/],
  ['GET', `${DEFAULT}/persistentvolumeclaims`, /can only get individual resources of this type/],
  ['GET', '/api/v1/persistentvolumes/volume-own', undefined],
  ['GET', '/api/v1/persistentvolumes/volume-foreign', /no relationship found/],
  ['POST', `${DEFAULT}/serviceaccounts/default/token`, /no relationship found/],
  ['GET', `${LEASES}/n2`, /can only access node lease with the same name as the requesting node/],
  ['GET', LEASES, /can only get, create, update, patch, or delete a node lease/],
  ['GET', `${OTHER_LEASES}/n1`, /can only access leases in the "kube-node-lease" system namespace/],
  ['DELETE', '/api/v1/nodes/n1', /cannot delete resource "nodes"/],
]

const merge = { 'content-type': 'application/merge-patch+json' }
const mirror = (spec: object = {}, metadata: object = {}): Json => ({
  metadata: { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ...metadata },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }], ...spec },
})
const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'x', controller: true }

const writes: readonly [method: string, path: string, body: Json, reason: RegExp | undefined][] = [
  ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'kubernetes.io/hostname': 'a', 'example.com/a': 'b' } } }, undefined],
  ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } }, /nodes "n1" is forbidden: is not allowed to modify labels: node-role.kubernetes.io\/control-plane$/],
  ['PATCH', '/api/v1/nodes/n1', { metadata: { labels: { 'a.node-restriction.kubernetes.io/b': '' } } }, /is not allowed to modify labels: a.node-restriction/],
  ['PATCH', '/api/v1/nodes/n1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }, /node "n1" is not allowed to modify taints/],
  ['PATCH', '/api/v1/nodes/n1/status', { status: { phase: 'Running' } }, undefined],
  ['PATCH', '/api/v1/nodes/n2/status', { status: { phase: 'Running' } }, /node "n1" is not allowed to modify node "n2"/],
  ['POST', '/api/v1/nodes', { metadata: { name: 'n3' } }, /node "n1" is not allowed to modify node "n3"/],
  ['PATCH', `${DEFAULT}/pods/p1/status`, { status: { phase: 'Running' } }, undefined],
  ['PATCH', `${DEFAULT}/pods/p1/status`, { metadata: { labels: { a: 'b' } } }, /node "n1" cannot update labels through pod status/],
  ['PATCH', `${DEFAULT}/pods/p2/status`, { status: { phase: 'Running' } }, /can only update pod status for pods with spec.nodeName set to itself/],
  ['DELETE', `${DEFAULT}/pods/p2`, undefined, /node "n1" can only delete pods with spec.nodeName set to itself/],
  ['POST', `${DEFAULT}/pods/p2/eviction`, { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'p2' } }, /can only evict pods with spec.nodeName set to itself/],
  ['POST', `${DEFAULT}/pods`, mirror({}, { annotations: {} }), /pod does not have "kubernetes.io\/config.mirror" annotation, node "n1" can only create mirror pods/],
  ['POST', `${DEFAULT}/pods`, mirror({ nodeName: 'n2' }), /node "n1" can only create pods with spec.nodeName set to itself/],
  ['POST', `${DEFAULT}/pods`, mirror(), /node "n1" can only create pods with an owner reference set to itself/],
  ['POST', `${DEFAULT}/pods`, mirror({}, { ownerReferences: [{ ...owner, controller: false }] }), /with a controller owner reference set to itself/],
  ['POST', `${DEFAULT}/pods`, mirror({}, { ownerReferences: [owner] }), /node n1 UID mismatch: expected x got /],
  ['POST', `${DEFAULT}/serviceaccounts/robot/token`, { spec: {} }, /node requested token not bound to a pod/],
  ['POST', `${DEFAULT}/serviceaccounts/robot/token`, { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p1' } } }, /token with a pod binding without a uid/],
  ['POST', `${DEFAULT}/serviceaccounts/robot/token`, { spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p2', uid: 'x' } } }, /The object might have been deleted and then recreated/],
  ['POST', LEASES, { metadata: { name: 'n1' } }, undefined],
  ['POST', LEASES, { metadata: { name: 'n2' } }, /can only access node lease with the same name as the requesting node/],
  ['PATCH', `${DEFAULT}/persistentvolumeclaims/own`, {}, /can only get individual resources of this type/],
] // prettier-ignore

suite('a node is kept to its own [POD-7]', () => {
  let server: TestServer
  before(async () => {
    server = await prepared()
  })
  const expectAnswer = async (
    method: string,
    path: string,
    { body, reason }: { body?: Json; reason?: RegExp },
  ): Promise<void> => {
    const headers: Record<string, string> = method === 'PATCH' ? merge : {}
    const answer = await server.ask(method, path, body, { user: nodeUser('n1'), headers })
    assert.equal(answer.status, reason ? 403 : method === 'POST' ? 201 : 200, JSON.stringify(answer.body))
    if (reason) assert.match(answer.body.message, reason)
  }
  for (const [method, path, reason] of reads) test(`${method} ${path}`, () => expectAnswer(method, path, { reason }))
  for (const [index, [method, path, body, reason]] of writes.entries())
    test(`${index}: ${method} ${path}`, () => expectAnswer(method, path, { body, reason }))

  test('a token for a Pod of its own, and its deletion', async () => {
    const { uid } = (await server.ask('GET', `${DEFAULT}/pods/p1`)).body.metadata
    const spec = { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p1', uid } }
    const asking = { user: nodeUser('n1') }
    assert.equal((await server.ask('POST', `${DEFAULT}/serviceaccounts/robot/token`, { spec }, asking)).status, 201)
    const deletion = { gracePeriodSeconds: 0 }
    assert.equal((await server.ask('DELETE', `${DEFAULT}/pods/p1`, deletion, asking)).status, 200)
  })

  test('who is in the group without a name of a node may nothing', async () => {
    const user = { name: 'jane', groups: ['system:nodes', 'system:authenticated'] }
    assert.equal((await server.ask('GET', '/api/v1/services', undefined, { user })).status, 403)
    const { body } = await server.ask('GET', '/api/v1/services', undefined, { user: nodeUser('') })
    assert.match(body.message, /unknown node for user "system:node:"/)
  })
})
