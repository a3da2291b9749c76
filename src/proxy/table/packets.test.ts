/** What the rules do to packets, against what Services and slices say should become of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EndpointSlice, Service } from '../../api/index.ts'
import { planService } from '../plan.ts'
import { type Described, type Endpoint, whatShouldBecome, type World } from '../testing/oracle.ts'
import { parseScript } from '../testing/ruleset.ts'
import { type Outcome, type Packet, trace } from '../testing/tracer.ts'
import { ChainsInUse } from './chains.ts'
import { Ledger } from './ledger.ts'
import type { Family } from './names.ts'
import { fullScript } from './script.ts'

interface Plan {
  readonly podCIDR: string
  readonly serviceCIDR: string
  readonly nodeIP: string
  /** The node's own addresses, besides. */
  readonly loopback: string
  readonly cluster: (n: number) => string
  readonly pod: (n: number, here: boolean) => string
  readonly outside: (n: number) => string
}

const PLANS: Readonly<Record<Family, Plan>> = {
  ip: {
    podCIDR: '10.244.0.0/16',
    serviceCIDR: '10.96.0.0/12',
    nodeIP: '192.168.1.2',
    loopback: '127.0.0.1',
    cluster: (n) => `10.96.0.${n}`,
    pod: (n, here) => `10.244.${here ? 0 : 1}.${n}`,
    outside: (n) => `192.168.1.${n}`,
  },
  ip6: {
    podCIDR: 'fd00:10:244::/56',
    serviceCIDR: 'fd00:10:96::/112',
    nodeIP: 'fd00:192:168:1::2',
    loopback: '::1',
    cluster: (n) => `fd00:10:96::${n}`,
    pod: (n, here) => `fd00:10:244:${here ? 2 : 1}::${n}`,
    outside: (n) => `fd00:192:168:1::${n}`,
  },
}

const endpoint = fc.record({
  number: fc.integer({ min: 2, max: 6 }),
  here: fc.boolean(),
  state: fc.constantFrom<Endpoint['state']>('ready', 'ready', 'unready', 'leaving', 'gone'),
})
const described = fc.record({
  protocol: fc.constantFrom('tcp', 'udp', 'sctp'),
  port: fc.constantFrom(80, 81),
  hasNodePort: fc.boolean(),
  hasExternalIP: fc.boolean(),
  hasBalancedIP: fc.boolean(),
  sources: fc.constantFrom('nobody said', 'Pods', 'outside', 'nested'),
  internalLocal: fc.boolean(),
  externalLocal: fc.boolean(),
  affinity: fc.boolean(),
  endpoints: fc.uniqueArray(endpoint, { selector: ({ number, here }) => `${number} ${here}`, maxLength: 5 }),
})
type Drawn = typeof described extends fc.Arbitrary<infer T> ? T & { readonly affinity: boolean } : never

function worldOf(drawn: readonly Drawn[], plan: Plan): World {
  const outsiders = plan.outside(0).includes(':') ? 'fd00:192:168:1::/64' : '192.168.1.0/24'
  const wide = plan.outside(0).includes(':') ? 'fd00::/16' : '10.0.0.0/8'
  const sources = { 'nobody said': [], Pods: [plan.podCIDR], outside: [outsiders], nested: [plan.podCIDR, wide] }
  const services = drawn.map((one, i): Described => ({
    ...one,
    clusterIP: plan.cluster(i + 1),
    nodePort: one.hasNodePort ? 30_000 + i : undefined,
    externalIP: one.hasExternalIP ? plan.outside(60 + i) : undefined,
    balancedIP: one.hasBalancedIP ? plan.outside(70 + i) : undefined,
    sources: sources[one.sources],
    endpoints: one.endpoints.map(({ number, here, state }) => ({ address: plan.pod(number, here), here, state })),
  }))
  return { services, podCIDR: plan.podCIDR, serviceCIDR: plan.serviceCIDR, nodeIP: plan.nodeIP }
}

function serviceOf(one: Described, affinity: boolean): Service {
  const { clusterIP, protocol, port, nodePort, externalIP, balancedIP, sources, internalLocal, externalLocal } = one
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'one', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ port, protocol: protocol.toUpperCase(), ...(nodePort ? { nodePort } : {}) }],
      externalIPs: externalIP ? [externalIP] : [],
      loadBalancerSourceRanges: [...sources],
      internalTrafficPolicy: internalLocal ? 'Local' : 'Cluster',
      externalTrafficPolicy: externalLocal ? 'Local' : 'Cluster',
      ...(affinity ? { sessionAffinity: 'ClientIP' } : {}),
    },
    status: { loadBalancer: { ingress: balancedIP ? [{ ip: balancedIP }] : [] } },
  }
}

const CONDITIONS = {
  ready: { ready: true },
  unready: { ready: false, serving: false },
  leaving: { ready: false, serving: true, terminating: true },
  gone: { ready: false, serving: false, terminating: true },
}

const sliceOf = ({ protocol, endpoints }: Described, family: Family): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {},
  addressType: family === 'ip' ? 'IPv4' : 'IPv6',
  ports: [{ name: '', protocol: protocol.toUpperCase(), port: 8080 }],
  endpoints: endpoints.map(({ address, here, state }) => ({
    addresses: [address],
    nodeName: here ? 'node1' : 'node2',
    conditions: CONDITIONS[state],
  })),
})

function rulesOf(world: World, drawn: readonly Drawn[], family: Family) {
  const ledger = new Ledger()
  const context = { nodeName: 'node1', family, nodeIPs: [world.nodeIP] }
  world.services.forEach((one, i) =>
    ledger.set(`default/${i}`, planService(serviceOf(one, drawn[i]!.affinity), [sliceOf(one, family)], context)),
  )
  const changes = [...ledger.all()]
  const base = { family, podCIDR: world.podCIDR, serviceCIDRs: [world.serviceCIDR] }
  return parseScript(fullScript({ changes, chains: new ChainsInUse().update(changes) }, base, []))
}

function* packetsFor(world: World, plan: Plan): Generator<Packet> {
  const froms: [string, Packet['by']][] = [
    [plan.nodeIP, 'the node'],
    [plan.outside(10), 'a cable'],
    ...[2, 3, 9].flatMap((n) => [true, false].map((here): [string, Packet['by']] => [plan.pod(n, here), 'a cable'])),
  ]
  const tos = [plan.nodeIP, plan.cluster(99), plan.outside(99), ...world.services.flatMap(({ clusterIP, externalIP, balancedIP }) => [clusterIP, externalIP ?? clusterIP, balancedIP ?? clusterIP])] // prettier-ignore
  const ports = new Set([80, 81, ...world.services.flatMap(({ nodePort }) => nodePort ?? [])])
  for (const [from, by] of froms)
    for (const to of new Set(tos))
      for (const port of ports) for (const protocol of ['tcp', 'udp', 'sctp']) yield { from, by, to, port, protocol }
}

const distinct = (outcomes: readonly Outcome[]): string[] => [...new Set(outcomes.map((one) => JSON.stringify(one)))].sort()

for (const family of ['ip', 'ip6'] as const) {
  test(`every packet ends where the Services say, over ${family} [NET-2] [NET-3] [NET-4] [NET-5] [NET-6] [NET-7]`, () => {
    const plan = PLANS[family]
    fc.assert(
      fc.property(fc.array(described, { minLength: 1, maxLength: 3 }), (drawn) => {
        const world = worldOf(drawn, plan)
        const rules = rulesOf(world, drawn, family)
        const local = new Set([plan.nodeIP, plan.loopback])
        for (const packet of packetsFor(world, plan)) {
          const outcomes = [0, 1, 2, 3, 4].map((choice) => trace(rules, packet, { local, pick: (count) => choice % count }))
          assert.deepEqual(distinct(outcomes), distinct(whatShouldBecome(world, packet)), JSON.stringify({ packet, drawn }))
        }
      }),
      { numRuns: 25 },
    )
  })
}

test('the tracer says so when it meets a rule that it does not know', () => {
  const table = 'table ip t {\n  chain c {\n    type filter hook output priority 0;\n    ip ttl 1 drop\n  }\n}\n'
  const packet: Packet = { from: '192.168.1.2', to: '192.168.1.3', protocol: 'tcp', port: 80, by: 'the node' }
  assert.throws(() => trace(parseScript(table), packet, { local: new Set(), pick: () => 0 }), /doesn't know "ip ttl 1 drop"/)
  assert.throws(() => parseScript('flush ruleset\n'), /cannot read/)
})
