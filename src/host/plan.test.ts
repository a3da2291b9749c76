import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Node, Service } from '../api/index.ts'
import { withExposed, withoutExposed } from './exposed.ts'
import { planNodePorts, planSlices } from './plan.ts'

const node = (name: string, ip: string, ready = 'True', ...others: readonly string[]): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    addresses: [{ type: 'Hostname', address: name }, ...[ip, ...others].map((address) => ({ type: 'InternalIP', address }))],
    conditions: [{ type: 'Ready', status: ready }],
  },
})
const nodes = [node('node2', '192.168.1.3'), node('node1', '192.168.1.2'), node('dead', '192.168.1.4', 'Unknown')]

const service = (spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { type: 'NodePort', ...spec },
})
const slice = (...nodeNames: string[]): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'default' },
  addressType: 'IPv4',
  endpoints: nodeNames.map((nodeName) => ({ addresses: ['10.244.0.1'], nodeName, conditions: { ready: nodeName !== 'node1' } })),
})

test("every TCP node port answers on the host's 127.0.0.1, and leads to the nodes that are ready [OPS-4] [NET-4]", () => {
  const web = service({
    ports: [
      { name: 'http', port: 80, nodePort: 30_080 },
      { name: 'dns', port: 53, nodePort: 30_053, protocol: 'UDP' },
      { name: 'inner', port: 81 },
    ],
  })
  const planned = planNodePorts([web], () => [], nodes)
  assert.deepEqual([...planned], [[30_080, ['192.168.1.2', '192.168.1.3']]])
})

test('a Service of IPv6 alone is led to by IPv6, and every other by IPv4 [OPS-4] [SVC-9]', () => {
  const dual = node('node1', '192.168.1.2', 'True', 'fd00:192:168:1::2')
  const led = (ipFamilies: string[]) => [
    ...planNodePorts([service({ ipFamilies, ports: [{ port: 80, nodePort: 30_080 }] })], () => [], [dual]).values(),
  ]
  assert.deepEqual(led(['IPv6']), [['fd00:192:168:1::2']])
  for (const families of [['IPv4'], ['IPv6', 'IPv4']]) assert.deepEqual(led(families), [['192.168.1.2']])
})

test('under externalTrafficPolicy Local only nodes with a ready endpoint are asked [OPS-4] [NET-7]', () => {
  const web = service({ externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30_080 }] })
  assert.deepEqual([...planNodePorts([web], () => [slice('node1', 'node2')], nodes)], [[30_080, ['192.168.1.3']]])
  assert.deepEqual([...planNodePorts([web], () => [], nodes)], [[30_080, []]])
})

test('each Service with exposed programs has one slice of each of its families, with a port for each [OPS-4] [SVC-9]', () => {
  const door = (portName: string, port: number) => ({
    service: 'default/api',
    portName,
    hostPort: 3000,
    address: '192.168.1.1',
    port,
  })
  const [only, ...others] = planSlices([door('a', 40_001), door('b', 40_002)])
  assert.equal(others.length, 0)
  assert.equal(only?.metadata.labels?.['kubernetes.io/service-name'], 'api')
  assert.deepEqual(
    only?.ports?.map(({ name, port }) => [name, port]),
    [
      ['a', 40_001],
      ['b', 40_002],
    ],
  )
  assert.deepEqual(planSlices([]), [])
  const slices = planSlices([door('', 40_001), { ...door('', 40_002), address: 'fd00:192:168:1::1' }])
  assert.deepEqual(
    slices.map(({ metadata, addressType, endpoints, ports }) => [
      metadata.name,
      addressType,
      endpoints?.[0]?.addresses[0],
      ports?.[0]?.port,
    ]),
    [
      ['api-host', 'IPv4', '192.168.1.1', 40_001],
      ['api-host-ipv6', 'IPv6', 'fd00:192:168:1::1', 40_002],
    ],
  )
})

test('a program takes the place of the one before it, and goes with its Service [OPS-4]', () => {
  const one = { service: 'default/api', portName: '', hostPort: 3000 }
  const other = { service: 'default/other', portName: '', hostPort: 5000 }
  const list = withExposed([one, other], { ...one, hostPort: 4000 })
  assert.deepEqual(list, [other, { ...one, hostPort: 4000 }])
  assert.deepEqual(withoutExposed(list, 'default/api'), [other])
})
