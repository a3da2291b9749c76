import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../lib/index.ts'
import { memoryStore } from '../../store/index.ts'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'
import { planRepairs } from './plan.ts'

const service = (name: string, ...clusterIPs: string[]): Json => ({
  metadata: { namespace: 'default', name },
  spec: { type: 'ClusterIP', clusterIPs },
})
const address = (name: string, owner: string, managedBy = 'ipallocator.k8s.io'): Json => ({
  metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': managedBy } },
  spec: { parentRef: { namespace: 'default', name: owner } },
})

const cases: readonly [title: string, services: Json[], addresses: Json[], missing: string[], leaked: string[], shared: string[]][] = [
  ['all is well', [service('a', '10.0.0.1')], [address('10.0.0.1', 'a')], [], [], []],
  ['headless', [service('a', 'None')], [], [], [], []],
  ['no object', [service('a', '10.0.0.1')], [], ['10.0.0.1'], [], []],
  ['no Service', [], [address('10.0.0.1', 'a')], [], ['10.0.0.1'], []],
  ['another Service', [service('b', '10.0.0.1')], [address('10.0.0.1', 'a')], [], ['10.0.0.1'], []],
  ['made by somebody else', [], [address('10.0.0.1', 'a', 'me')], [], [], []],
  ['two of them', [service('a', '10.0.0.1'), service('b', '10.0.0.1')], [address('10.0.0.1', 'a')], [], [], ['10.0.0.1']],
] // prettier-ignore
for (const [title, services, addresses, missing, leaked, shared] of cases) {
  test(`repairs: ${title} [SVC-13]`, () => {
    const plan = planRepairs(services, addresses)
    assert.deepEqual(plan.missing.map((one) => one.address), missing) // prettier-ignore
    assert.deepEqual(plan.leaked.map((one) => one.metadata.name), leaked) // prettier-ignore
    assert.deepEqual(plan.shared.map((one) => one.address), shared) // prettier-ignore
  })
}

test('an address that somebody deleted is there again, and an Event says so [SVC-13]', async () => {
  const store = memoryStore()
  const { ask } = await testServer({ store })
  const path = '/apis/networking.k8s.io/v1/ipaddresses/10.96.0.1'
  assert.equal((await ask('DELETE', path)).status, 200)
  const again = await testServer({ store })
  assert.equal((await again.ask('GET', path)).status, 200)
  const { body } = await again.ask('GET', '/api/v1/namespaces/default/events')
  const told = body.items.map(({ reason, message }: Json) => `${reason}: ${message}`)
  assert.deepEqual(told, ['ClusterIPNotAllocated: Cluster IP 10.96.0.1 is not allocated; repairing'])
})

test('Events go an hour after they were last heard of', async () => {
  let now = Date.parse('2030-01-01T00:00:00Z')
  const stopping = new AbortController()
  // Sleeping is the end of a round, and of the test's run.
  const clock: Clock = { now: () => now, sleep: async () => stopping.abort() }
  const { ask, server } = await testServer({ clock })
  const event = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { namespace: 'default' },
  }
  assert.equal((await ask('POST', '/api/v1/namespaces/default/events', event)).status, 201)
  now += 3_601_000
  await server.run(stopping.signal)
  assert.equal((await ask('GET', '/api/v1/namespaces/default/events/e')).status, 404)
})

test('a kubernetes Service that somebody deleted is there again, with its address and slice [SVC-12]', async () => {
  const stopping = new AbortController()
  const clock: Clock = { now: () => 0, sleep: async () => stopping.abort() }
  const { ask, server } = await testServer({ clock })
  const paths = ['/api/v1/namespaces/default/services/kubernetes', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes'] // prettier-ignore
  for (const path of paths) assert.equal((await ask('DELETE', path)).status, 200)
  await server.run(stopping.signal)
  assert.equal((await ask('GET', paths[0] as string)).body.spec.clusterIP, '10.96.0.1')
  assert.equal((await ask('GET', paths[1] as string)).body.endpoints[0].addresses[0], '10.0.0.1')
})
