import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Node, Service } from '../api/index.ts'
import { answerCommands } from './answer.ts'
import { addressesOfNode, CLASS, elect, electedFor, FINALIZER, isLeft, planGrants } from './plan.ts'
import { checkPool, defaultPool, inPool } from './pool.ts'

const POOL = ['192.168.1.64/30']

const service = (name: string, spec: Service['spec'] = {}, ip?: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'default', name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { type: 'LoadBalancer', ...spec },
  ...(ip ? { status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } } : {}),
})
const node = (name: string, ready = 'True', ip = '192.168.1.2'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address: ip }], conditions: [{ type: 'Ready', status: ready }] },
})
const grants = (list: readonly Service[], nodes: readonly Node[] = [], pool = POOL): Record<string, string> =>
  Object.fromEntries(
    [...planGrants(list, nodes, pool)].map(([key, grant]) => [
      key.slice('default/'.length),
      'ips' in grant ? grant.ips.join(' ') : grant.refused,
    ]),
  )

test("the pool is a quarter of the nodes' network [NET-5]", () => {
  assert.deepEqual(defaultPool(['192.168.1.0/24']), ['192.168.1.64/26'])
  assert.deepEqual(defaultPool(['192.168.1.0/24', 'fd00:192:168:1::/64']), ['192.168.1.64/26', 'fd00:192:168:1::40/122'])
  assert.equal(inPool(POOL, '192.168.1.67'), true)
  for (const ip of ['192.168.1.68', 'fd00::1', '']) assert.equal(inPool(POOL, ip), false)
})

for (const [title, list, wanted] of [
  ['each gets one of its own', [service('a'), service('b')], { a: '192.168.1.64', b: '192.168.1.65' }],
  [
    'it is kept when others come before',
    [service('a'), service('b', {}, '192.168.1.64')],
    { b: '192.168.1.64', a: '192.168.1.65' },
  ],
  [
    'a wanted one is given, before those who take what comes',
    [service('a', { loadBalancerIP: '192.168.1.66' }), service('b', {}, '192.168.1.65')],
    { a: '192.168.1.66', b: '192.168.1.65' },
  ],
  ['a wish that changes is followed', [service('a', { loadBalancerIP: '192.168.1.66' }, '192.168.1.64')], { a: '192.168.1.66' }],
  [
    'a wish for what is taken is refused',
    [service('a', { loadBalancerIP: '192.168.1.64' }), service('b', {}, '192.168.1.64')],
    { b: '192.168.1.64', a: 'spec.loadBalancerIP 192.168.1.64 is taken' },
  ],
  [
    'so is one for an address outside',
    [service('a', { loadBalancerIP: '203.0.113.7' })],
    { a: `spec.loadBalancerIP 203.0.113.7 is not in the pool ${POOL[0]}` },
  ],
  [
    'two with one address are parted',
    [service('a', {}, '192.168.1.64'), service('b', {}, '192.168.1.64')],
    { a: '192.168.1.64', b: '192.168.1.65' },
  ],
  [
    'our class and others',
    [service('a', { loadBalancerClass: CLASS }), service('b', { loadBalancerClass: 'example.com/lb' })],
    { a: '192.168.1.64' },
  ],
  [
    'the pool ends',
    ['a', 'b', 'c', 'd', 'e'].map((name) => service(name)),
    { a: '192.168.1.64', b: '192.168.1.65', c: '192.168.1.66', d: '192.168.1.67', e: `every address of ${POOL[0]} is taken` },
  ],
] as const) {
  test(`addresses: ${title} [NET-5]`, () => assert.deepEqual(grants(list), wanted))
}

test('a pool of several ranges is used one range after the other [NET-5]', () => {
  const ranges = ['192.168.1.64/31', '192.168.1.200/31']
  const given = planGrants([service('a'), service('b'), service('c')], [], ranges)
  assert.deepEqual(
    [...given.values()].flatMap((grant) => ('ips' in grant ? grant.ips : [])),
    ['192.168.1.64', '192.168.1.65', '192.168.1.200'],
  )
  assert.throws(() => checkPool(['192.168.1.64/31', 'nonsense']), { code: 'BadCIDR' })
})

test('a Service has an address of each of its families, in their order, and keeps each for itself [NET-5] [SVC-9]', () => {
  const pool = [...POOL, 'fd00:192:168:1::40/127']
  const both = { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' }
  const [four, six] = ['192.168.1.64', 'fd00:192:168:1::40']
  assert.deepEqual(grants([service('a', both)], [], pool), { a: `${six} ${four}` })
  assert.deepEqual(grants([service('a', { ipFamilies: ['IPv6'] })], [], pool), { a: six })
  assert.deepEqual(grants([service('a', { ipFamilies: ['IPv4'] }, six), service('b', both, six)], [], pool), {
    a: four,
    b: `${six} 192.168.1.65`,
  })
  const wish = { ...both, loadBalancerIP: 'fd00:192:168:1::41' }
  assert.deepEqual(grants([service('a', wish, six)], [], pool), { a: `fd00:192:168:1::41 ${four}` })
  const three = ['a', 'b', 'c'].map((name) => service(name, both))
  assert.equal(grants(three, [], pool)['c'], 'every address of fd00:192:168:1::40/127 is taken')
})

test('a pool of one family serves who can do with it [NET-5] [SVC-9]', () => {
  const families = ['IPv4', 'IPv6']
  assert.deepEqual(grants([service('a', { ipFamilies: families, ipFamilyPolicy: 'PreferDualStack' })]), { a: '192.168.1.64' })
  const none = `the pool ${POOL[0]} has no IPv6 addresses`
  assert.deepEqual(grants([service('a', { ipFamilies: families, ipFamilyPolicy: 'RequireDualStack' })]), { a: none })
  assert.deepEqual(grants([service('a', { ipFamilies: ['IPv6'] })]), { a: none })
})

test('an address that a node has is given to nobody [NET-5]', () => {
  assert.deepEqual(grants([service('a')], [node('node1', 'True', '192.168.1.64')]), { a: '192.168.1.65' })
})

test('a Service is left when it is deleted or changes its type, if it was ours [NET-5] [SVC-6]', () => {
  const finalizers = [FINALIZER]
  const mine = (spec: Service['spec'], ip: string, deletionTimestamp?: string): Service => {
    const one = service('a', spec, ip)
    return { ...one, metadata: { ...one.metadata, finalizers, ...(deletionTimestamp ? { deletionTimestamp } : {}) } }
  }
  const now = '2026-01-01T00:00:00Z'
  assert.equal(isLeft(mine({}, '192.168.1.64'), POOL), false)
  assert.equal(isLeft(mine({}, '192.168.1.64', now), POOL), true)
  assert.equal(isLeft(mine({ type: 'ClusterIP' }, '192.168.1.64'), POOL), true)
  assert.equal(isLeft(mine({ type: 'ClusterIP' }, '203.0.113.7'), POOL), false)
  assert.equal(isLeft(mine({ loadBalancerClass: 'example.com/lb' }, '203.0.113.7', now), POOL), false)
})

test('the first ready node answers; under the policy Local the first with an endpoint [NET-5] [NET-7]', () => {
  const nodes = [node('node3'), node('node2'), node('node1', 'Unknown')]
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {},
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.2.2'], nodeName: 'node3' }],
  }
  const election = { nodes, slicesOf: () => [slice] }
  assert.equal(elect(service('a'), election), 'node2')
  assert.equal(elect(service('a', { externalTrafficPolicy: 'Local' }), election), 'node3')
  assert.equal(elect(service('a'), { ...election, nodes: [] }), undefined)
  const list = [service('a', {}, '192.168.1.64'), service('b', { externalTrafficPolicy: 'Local' }, '192.168.1.65')]
  assert.deepEqual(addressesOfNode(electedFor(list, election).get('node2') ?? [], POOL), new Set(['192.168.1.64']))
})

test('a node adds and removes addresses of the pool only, and announces what it added [NET-5]', () => {
  const link = {
    address: '02:00:00:00:00:01',
    addr_info: [
      { local: '192.168.1.2', prefixlen: 24 },
      { local: '192.168.1.64', prefixlen: 32 },
      { local: '192.168.1.65', prefixlen: 32 },
    ],
  }
  const commands = (...wanted: string[]) => answerCommands(link, { wanted: new Set(wanted), device: 'eth0', pool: POOL })
  assert.deepEqual(commands('192.168.1.65', '192.168.1.66'), [
    'address del 192.168.1.64/32 dev eth0',
    'address add 192.168.1.66/32 dev eth0',
    'link set dev eth0 address 02:00:00:00:00:01',
  ])
  assert.deepEqual(commands('192.168.1.64', '192.168.1.65'), [])
})

test('an IPv6 address is added without asking whether anybody has it [NET-5] [SVC-9]', () => {
  const [kept, gone, added] = ['fd00:192:168:1::40', 'fd00:192:168:1::41', 'fd00:192:168:1::42'] as const
  const addr_info = [kept, gone].map((local) => ({ local, prefixlen: 128 }))
  const pool = [...POOL, 'fd00:192:168:1::40/122']
  assert.deepEqual(answerCommands({ address: '02::1', addr_info }, { wanted: new Set([kept, added]), device: 'eth0', pool }), [
    `address del ${gone}/128 dev eth0`,
    `address add ${added}/128 dev eth0 nodad preferred_lft 0`,
    'link set dev eth0 address 02::1',
  ])
})
