import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Lease, Node, Service } from '../../api/index.ts'
import { heldByAll, isAwaited, isProgrammed } from './plan.ts'

const node = (name: string, ready = 'True'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})
const lease = (annotation: string): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'x', annotations: { 'portolan.dev/programmed': annotation } },
})
const service = (spec: Service['spec'], resourceVersion = '10', more: object = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default', resourceVersion },
  spec,
  ...more,
})
const slice = (resourceVersion: string): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'default', resourceVersion },
  addressType: 'IPv4',
  endpoints: [],
})
const held = { services: 10n, endpointSlices: 20n }
const web = { clusterIP: '10.96.0.10', selector: { app: 'web' } }

test('what all nodes hold is what the slowest ready one holds, and nothing while one has not said [OPS-2]', () => {
  const leases = new Map([
    ['a', lease('{"services":"12","endpointSlices":"9"}')],
    ['b', lease('{"services":"8","endpointSlices":"11"}')],
    ['odd', lease('hello')],
  ])
  const of = (...nodes: Node[]) => heldByAll(nodes, (name) => leases.get(name))
  assert.deepEqual(of(node('a'), node('b')), { services: 8n, endpointSlices: 9n })
  assert.deepEqual(of(node('a'), node('b', 'Unknown')), { services: 12n, endpointSlices: 9n })
  assert.equal(of(node('a'), node('new')), undefined)
  assert.equal(of(node('a'), node('odd')), undefined)
  assert.equal(of(), undefined)
})

test('a Service is programmed when the nodes hold it and every slice it has [OPS-2]', () => {
  assert.equal(isProgrammed(service(web), [slice('20')], held), true)
  assert.equal(isProgrammed(service(web, '11'), [slice('20')], held), false)
  assert.equal(isProgrammed(service(web), [slice('20'), slice('21')], held), false)
  assert.equal(isProgrammed(service(web), [], held), false, 'nobody has looked for its endpoints yet')
  assert.equal(isProgrammed(service({ clusterIP: '10.96.0.10' }), [], held), true, 'without a selector it has no slices')
  const [from, to] = [8080, 8081].map((targetPort) => service({ ...web, ports: [{ port: 80, targetPort }] }))
  const made = { ...slice('20'), endpoints: [{ addresses: ['10.244.0.2'] }], ports: [{ name: '', port: 8080 }] }
  assert.equal(isProgrammed(from!, [made], held), true)
  assert.equal(isProgrammed(to!, [made], held), false, 'its slices are still those of the port it had')
  assert.equal(isProgrammed(service(web), [slice('20')], undefined), false)
})

test('what has no rules is programmed at once, and what another proxy serves is never waited for [OPS-2] [EPS-5]', () => {
  assert.equal(isProgrammed(service({ clusterIP: 'None' }, '99'), [], undefined), true)
  assert.equal(isProgrammed(service({ type: 'ExternalName' }, '99'), [], undefined), true)
  assert.equal(isAwaited(service(web)), true)
  const foreign = { name: 'web', labels: { 'service.kubernetes.io/service-proxy-name': 'other' } }
  assert.equal(isAwaited(service(web, '1', { metadata: foreign })), false)
  assert.equal(isAwaited(service(web, '1', { status: { conditions: [{ type: 'Programmed', status: 'True' }] } })), false)
})
