import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, EndpointSlice, Service } from '../api/index.ts'
import { type Element, planService } from './plan.ts'

// The address plan: cluster IPs 10.96.0.x, Pods 10.244.<node>.x, external addresses 203.0.113.x.
const node = { nodeName: 'node1', family: 'ip' } as const

const service = (spec: Service['spec'], more: Partial<Service> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubia', namespace: 'default', ...more.metadata },
  spec: {
    clusterIP: '10.96.0.10',
    clusterIPs: ['10.96.0.10'],
    ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
    ...spec,
  },
  ...(more.status ? { status: more.status } : {}),
})

interface Address {
  readonly ip: string
  readonly nodeName?: string
  readonly ready?: boolean
  readonly serving?: boolean
  readonly terminating?: boolean
  readonly hints?: Endpoint['hints']
}

const slice = (addresses: readonly Address[], port: { name?: string; port: number } = { port: 8080 }): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'kubia-abcde', namespace: 'default' },
  addressType: 'IPv4',
  ports: [{ protocol: 'TCP', name: '', ...port }],
  endpoints: addresses.map(({ ip, nodeName, hints, ...conditions }) => ({
    addresses: [ip],
    ...(nodeName ? { nodeName } : {}),
    ...(hints ? { hints } : {}),
    conditions,
  })),
})

const lines = (elements: readonly Element[]): string[] =>
  elements.map(({ object, key, value }) => `${object} { ${key}${value ? ` : ${value}` : ''} }`)

test('a Service port is one dispatch element and one element per endpoint [SVC-1] [NET-2]', () => {
  const elements = planService(service({}), [slice([{ ip: '10.244.1.2' }, { ip: '10.244.1.3' }])], node)
  assert.deepEqual(lines(elements), [
    'cluster-ips { 10.96.0.10 }',
    'service-ips { 10.96.0.10 . tcp . 80 : goto pick-tcp-2 }',
    'tcp-endpoints { 10.96.0.10 . 80 . 0 : 10.244.1.2 . 8080 }',
    'tcp-endpoints { 10.96.0.10 . 80 . 1 : 10.244.1.3 . 8080 }',
  ])
})

test('a Service without endpoints refuses its port [NET-3]', () => {
  assert.deepEqual(lines(planService(service({}), [], node)), [
    'cluster-ips { 10.96.0.10 }',
    'no-endpoint-services { 10.96.0.10 . tcp . 80 : goto reject-chain }',
  ])
})

test('an endpoint on this node may reach itself through the Service [NET-2]', () => {
  const elements = planService(service({}), [slice([{ ip: '10.244.0.2', nodeName: 'node1' }])], node)
  assert.ok(lines(elements).includes('hairpin-endpoints { 10.244.0.2 . 10.244.0.2 }'))
})

test('a node port answers on every node and is masqueraded [NET-4]', () => {
  const spec = { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30008 }] }
  const elements = lines(planService(service(spec), [slice([{ ip: '10.244.1.2' }])], node))
  assert.ok(elements.includes('service-nodeports { tcp . 30008 : goto external-nodeport-pick-tcp-1 }'))
  assert.ok(elements.includes('tcp-nodeport-endpoints { 30008 . 0 : 10.244.1.2 . 8080 }'))
})

test('external and load balancer addresses are dispatched like cluster IPs, but masqueraded [NET-5] [NET-6]', () => {
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.7' }, { ip: '203.0.113.8', ipMode: 'Proxy' }] } }
  const elements = lines(
    planService(service({ externalIPs: ['203.0.113.9'] }, { status }), [slice([{ ip: '10.244.1.2' }])], node),
  )
  assert.ok(elements.includes('service-ips { 203.0.113.7 . tcp . 80 : goto external-pick-tcp-1 }'))
  assert.ok(elements.includes('service-ips { 203.0.113.9 . tcp . 80 : goto external-pick-tcp-1 }'))
  assert.ok(!elements.some((line) => line.includes('203.0.113.8')))
})

test('the Local policies use endpoints of this node only, and drop where there are none [NET-7]', () => {
  const spec = {
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    ports: [{ port: 80, protocol: 'TCP', nodePort: 30008 }],
  }
  const slices = [
    slice([
      { ip: '10.244.0.2', nodeName: 'node1' },
      { ip: '10.244.1.2', nodeName: 'node2' },
    ]),
  ]
  const here = lines(planService(service(spec), slices, node))
  assert.ok(here.includes('service-ips { 10.96.0.10 . tcp . 80 : goto pick-tcp-1 }'))
  assert.ok(here.includes('service-nodeports { tcp . 30008 : goto nodeport-local-pick-tcp-2-1 }'))
  const elsewhere = lines(planService(service(spec), slices, { ...node, nodeName: 'node3' }))
  assert.ok(elsewhere.includes('no-endpoint-services { 10.96.0.10 . tcp . 80 : drop }'))
  assert.ok(elsewhere.includes('service-nodeports { tcp . 30008 : goto nodeport-local-pick-tcp-2-0 }'))
  assert.ok(elsewhere.includes('no-endpoint-nodeports { tcp . 30008 : drop }'))
  const nowhere = lines(planService(service(spec), [], node))
  assert.ok(nowhere.includes('no-endpoint-nodeports { tcp . 30008 : goto reject-chain }'))
})

test('endpoints that are not ready get nothing; when all terminate, those that still serve do [NET-7]', () => {
  const mixed = lines(
    planService(service({}), [slice([{ ip: '10.244.1.2' }, { ip: '10.244.1.3', ready: false, serving: true }])], node),
  )
  assert.ok(mixed.includes('service-ips { 10.96.0.10 . tcp . 80 : goto pick-tcp-1 }'))
  const leaving = lines(
    planService(
      service({}),
      [
        slice([
          { ip: '10.244.1.3', ready: false, serving: true, terminating: true },
          { ip: '10.244.1.4', ready: false },
        ]),
      ],
      node,
    ),
  )
  assert.ok(leaving.includes('tcp-endpoints { 10.96.0.10 . 80 . 0 : 10.244.1.3 . 8080 }'))
  assert.ok(leaving.includes('service-ips { 10.96.0.10 . tcp . 80 : goto pick-tcp-1 }'))
})

test('ports are matched by name, and one name may be different numbers in different slices [SVC-4] [SVC-5]', () => {
  const spec = {
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'https', port: 443, protocol: 'TCP' },
    ],
  }
  const slices = [
    slice([{ ip: '10.244.1.2' }], { name: 'http', port: 8080 }),
    slice([{ ip: '10.244.1.3' }], { name: 'http', port: 9090 }),
  ]
  const elements = lines(planService(service(spec), slices, node))
  assert.ok(elements.includes('tcp-endpoints { 10.96.0.10 . 80 . 0 : 10.244.1.2 . 8080 }'))
  assert.ok(elements.includes('tcp-endpoints { 10.96.0.10 . 80 . 1 : 10.244.1.3 . 9090 }'))
  assert.ok(elements.includes('no-endpoint-services { 10.96.0.10 . tcp . 443 : goto reject-chain }'))
})

test('an endpoint that stands in two slices counts once [EPS-2]', () => {
  const elements = lines(
    planService(service({}), [slice([{ ip: '10.244.1.2', ready: false }]), slice([{ ip: '10.244.1.2' }])], node),
  )
  assert.ok(elements.includes('service-ips { 10.96.0.10 . tcp . 80 : goto pick-tcp-1 }'))
})

test("headless, ExternalName and other proxies' Services have no rules [EPS-5]", () => {
  assert.deepEqual(planService(service({ clusterIP: 'None', clusterIPs: ['None'] }), [], node), [])
  assert.deepEqual(planService(service({ type: 'ExternalName', clusterIP: '' }), [], node), [])
  for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']) {
    assert.deepEqual(planService(service({}, { metadata: { labels: { [label]: 'x' } } }), [], node), [])
  }
})

const address = (ip: string, nodeName: string, hints?: Endpoint['hints']): Address => ({
  ip,
  nodeName,
  ...(hints ? { hints } : {}),
})
const here = { ...node, zone: 'east' }
const zones = (name: string): Endpoint['hints'] => ({ forZones: [{ name }] })
const near = (name: string, zone: string): Endpoint['hints'] => ({ forNodes: [{ name }], forZones: [{ name: zone }] })

for (const [title, endpoints, used] of [
  ['zones', [address('10.244.1.2', 'node2', zones('east')), address('10.244.2.2', 'node3', zones('west'))], ['10.244.1.2']],
  [
    'nodes before zones',
    [address('10.244.0.2', 'node1', near('node1', 'east')), address('10.244.1.2', 'node2', near('node2', 'east'))],
    ['10.244.0.2'],
  ],
  [
    'no node, so zones',
    [address('10.244.1.2', 'node2', near('node2', 'east')), address('10.244.2.2', 'node3', near('node3', 'west'))],
    ['10.244.1.2'],
  ],
  [
    'one without a hint',
    [address('10.244.1.2', 'node2', zones('east')), address('10.244.2.2', 'node3')],
    ['10.244.1.2', '10.244.2.2'],
  ],
  ['nobody for this zone', [address('10.244.2.2', 'node3', zones('west'))], ['10.244.2.2']],
] as const) {
  test(`hints keep traffic near: ${title} [EPS-6]`, () => {
    const elements = planService(service({}), [slice(endpoints)], here).filter(({ object }) => object === 'tcp-endpoints')
    assert.deepEqual(
      elements.map(({ value }) => value),
      used.map((ip) => `${ip} . 8080`),
    )
  })
}

test('a load balancer address with an allow list has its ranges, without those inside others [NET-5]', () => {
  const status = { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } }
  const loadBalancerSourceRanges = ['10.1.0.0/16', '10.0.0.0/8', ' 10.0.0.0/8', '192.168.1.0/24', '2001:db8::/32']
  const plan = planService(service({ loadBalancerSourceRanges }, { status }), [], { ...node, nodeIPs: ['192.168.1.2'] })
  assert.deepEqual(
    lines(plan).filter((line) => /^(firewalled|allowed)/.test(line)),
    [
      'firewalled { 203.0.113.7 . tcp . 80 }',
      'allowed-sources { 203.0.113.7 . tcp . 80 . 10.0.0.0/8 }',
      'allowed-sources { 203.0.113.7 . tcp . 80 . 192.168.1.0/24 }',
      'allowed-sources { 203.0.113.7 . tcp . 80 . 203.0.113.7 }',
    ],
  )
})

test('affinity is one more element per frontend, whatever its clients [NET-8]', () => {
  const spec = { sessionAffinity: 'ClientIP', ports: [{ port: 80, protocol: 'TCP', nodePort: 30008 }] }
  const plan = lines(planService(service(spec), [slice([{ ip: '10.244.1.2' }])], node))
  assert.ok(plan.includes('service-ips { 10.96.0.10 . tcp . 80 : goto affinity-pick-tcp-1 }'))
  assert.ok(plan.includes('tcp-affinity-services { 10.96.0.10 . 80 : goto remember-tcp-10800 }'))
  assert.ok(plan.includes('service-nodeports { tcp . 30008 : goto external-nodeport-affinity-pick-tcp-1 }'))
  assert.ok(plan.includes('tcp-affinity-nodeports { 30008 : goto nodeport-remember-tcp-10800 }'))
})
