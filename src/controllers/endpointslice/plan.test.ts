import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EndpointSlice, Pod, Service } from '../../api/index.ts'
import type { SliceWrites } from '../slice-writes.ts'
import { plan } from './plan.ts'
import { LAST_CHANGE } from './trigger-time.ts'

const service = (spec: Service['spec'] = {}, labels?: Record<string, string>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubia', namespace: 'default', uid: 'u-svc', ...(labels ? { labels } : {}) },
  spec: {
    selector: { app: 'kubia' },
    ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'web' }],
    ipFamilies: ['IPv4'],
    ...spec,
  },
})

interface PodFacts {
  readonly ready?: boolean
  readonly port?: number
  readonly terminating?: boolean
  readonly phase?: string
}

const pod = (n: number, { ready = true, port = 8080, terminating = false, phase = 'Running' }: PodFacts = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `kubia-${n}`,
    namespace: 'default',
    uid: `u-${n}`,
    labels: { app: 'kubia' },
    ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
  spec: { nodeName: 'node1', containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port }] }] },
  status: {
    phase,
    podIP: `10.244.0.${n}`,
    podIPs: [{ ip: `10.244.0.${n}` }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
})

const dualPod = (n: number): Pod => {
  const one = pod(n)
  return { ...one, status: { ...one.status, podIPs: [{ ip: `10.244.0.${n}` }, { ip: `fd00:10:244::${n}` }] } }
}

let names = 0
/** What the API holds after a plan was carried out. */
function apply(existing: readonly EndpointSlice[], { create, update, delete: remove }: SliceWrites): EndpointSlice[] {
  const gone = new Set(remove.map((slice) => slice.metadata.name))
  const changed = new Map(update.map((slice) => [slice.metadata.name, slice]))
  const kept = existing
    .filter((slice) => !gone.has(slice.metadata.name))
    .map((slice) => changed.get(slice.metadata.name) ?? slice)
  return [...kept, ...create.map((slice) => ({ ...slice, metadata: { ...slice.metadata, name: `kubia-${names++}` } }))]
}

/** The addresses of the slices of each family. */
const byFamily = (slices: readonly EndpointSlice[]): Record<string, string[]> =>
  Object.fromEntries(
    slices.map(({ addressType, endpoints = [] }) => [addressType, endpoints.flatMap(({ addresses }) => addresses)]),
  )

test('a Service has slices of each of its families, which come and go with them [EPS-1] [SVC-9]', () => {
  const both = service({ ipFamilies: ['IPv6', 'IPv4'] })
  const pods = [dualPod(2), pod(3)]
  const dual = apply([], decide(pods, [], both))
  const [four, six] = [['10.244.0.2', '10.244.0.3'], ['fd00:10:244::2']]
  assert.deepEqual(byFamily(dual), { IPv4: four, IPv6: six })
  const single = apply(dual, decide(pods, dual))
  assert.deepEqual(byFamily(single), { IPv4: four })
  const again = decide(pods, single, both)
  assert.deepEqual([again.create.length, again.update, again.delete], [1, [], []], 'what is there stays as it is')
  assert.deepEqual(byFamily(apply(single, again)), { IPv4: four, IPv6: six })
})

test('a family in which no Pod has an address has one empty slice [EPS-1] [SVC-9]', () => {
  const slices = apply([], decide([pod(2)], [], service({ ipFamilies: ['IPv6'] })))
  assert.deepEqual(byFamily(slices), { IPv6: [] })
  assert.deepEqual(slices[0]?.ports, [])
})

test('without families a cluster IP tells which, and a headless Service has both [EPS-1] [SVC-9]', () => {
  const of = (clusterIP: string) => byFamily(apply([], decide([dualPod(2)], [], service({ ipFamilies: undefined, clusterIP }))))
  assert.deepEqual(of('fd00:10:96::a'), { IPv6: ['fd00:10:244::2'] })
  assert.deepEqual(of('10.96.0.10'), { IPv4: ['10.244.0.2'] })
  assert.deepEqual(of('None'), { IPv4: ['10.244.0.2'], IPv6: ['fd00:10:244::2'] })
})

const nodeOf = (name: string) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
function decide(pods: readonly Pod[], existing: readonly EndpointSlice[] = [], of = service(), capacity?: number): SliceWrites {
  const { undivided: _, ...writes } = plan({
    service: of,
    pods,
    existing,
    nodeOf,
    ...(capacity === undefined ? {} : { capacity }),
  })
  return writes
}

const addresses = (slices: readonly EndpointSlice[]): string[] =>
  slices.flatMap((slice) => (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses)).sort()

test('an endpoint says what it is, and a slice whose it is [EPS-1]', () => {
  const [slice] = decide([pod(2)]).create
  assert.deepEqual(slice?.endpoints, [
    {
      addresses: ['10.244.0.2'],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: 'node1',
      targetRef: { kind: 'Pod', namespace: 'default', name: 'kubia-2', uid: 'u-2' },
    },
  ])
  assert.deepEqual(slice.ports, [{ name: 'http', port: 8080, protocol: 'TCP' }])
  assert.deepEqual(slice.metadata.labels, {
    'kubernetes.io/service-name': 'kubia',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  })
  assert.equal(slice.metadata.ownerReferences?.[0]?.uid, 'u-svc')
})

test('conditions follow the Pod: unready, terminating, ended, without an address [EPS-1]', () => {
  const conditions = (facts: PodFacts, of = service()): unknown =>
    decide([pod(2, facts)], [], of).create[0]?.endpoints?.[0]?.conditions
  assert.deepEqual(conditions({ ready: false }), { ready: false, serving: false, terminating: false })
  assert.deepEqual(conditions({ terminating: true }), { ready: false, serving: true, terminating: true })
  assert.deepEqual(conditions({ ready: false }, service({ publishNotReadyAddresses: true })), {
    ready: true,
    serving: false,
    terminating: false,
  })
  for (const phase of ['Failed', 'Succeeded']) assert.equal(conditions({ phase }), undefined)
  assert.deepEqual(addresses(decide([{ ...pod(2), status: { phase: 'Pending' } }]).create), [])
})

test('Pods whose named port is another number are in slices of their own; one without it has no ports [EPS-2] [SVC-4]', () => {
  const { create } = decide([
    pod(2),
    pod(3, { port: 9090 }),
    { ...pod(4), spec: { nodeName: 'node1', containers: [{ name: 'c' }] } },
  ])
  assert.deepEqual(
    create.map((slice) => [slice.ports?.[0]?.port, addresses([slice])]).sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
    [
      [8080, ['10.244.0.2']],
      [9090, ['10.244.0.3']],
      [undefined, ['10.244.0.4']],
    ],
  )
})

test('a Service that selects nothing has one empty slice; labels and headlessness are passed on [EPS-2] [EPS-5]', () => {
  const headless = service({ clusterIP: 'None' }, { team: 'a' })
  const { create } = decide([], [], headless)
  assert.deepEqual(
    create.map(({ endpoints, ports }) => [endpoints, ports]),
    [[[], []]],
  )
  assert.equal(create[0]?.metadata.labels?.['service.kubernetes.io/headless'], '')
  assert.equal(create[0]?.metadata.labels?.['team'], 'a')
})

test('slices hold so many endpoints and no more, and only those that change are written [EPS-2]', () => {
  const pods = Array.from({ length: 7 }, (_, i) => pod(i + 2))
  const slices = apply([], decide(pods, [], service(), 3))
  assert.deepEqual(
    slices.map((slice) => slice.endpoints?.length ?? 0).sort((a, b) => a - b),
    [1, 3, 3],
  )
  assert.deepEqual(decide(pods, slices, service(), 3), { create: [], update: [], delete: [] })
  const one = decide(pods.slice(1), slices, service(), 3)
  assert.equal(one.create.length + one.update.length + one.delete.length, 1)
  const more = decide([...pods, pod(20)], slices, service(), 3)
  assert.deepEqual([more.create.length, more.update.length, more.delete.length], [0, 1, 0])
})

test('slices that were edited or deleted by hand are put back [EPS-2]', () => {
  const slices = apply([], decide([pod(2), pod(3)]))
  const edited = slices.map((slice) => ({ ...slice, endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }] }))
  assert.deepEqual(addresses(apply(edited, decide([pod(2), pod(3)], edited))), ['10.244.0.2', '10.244.0.3'])
  assert.deepEqual(addresses(apply([], decide([pod(2), pod(3)], []))), ['10.244.0.2', '10.244.0.3'])
})

test('slices always come to f(Pods, Service), whatever came before, and stay there [EPS-7]', () => {
  const facts = fc.record({ ready: fc.boolean(), port: fc.constantFrom(8080, 9090), terminating: fc.boolean() })
  const world = fc.uniqueArray(fc.tuple(fc.integer({ min: 2, max: 20 }), facts), { selector: ([n]) => n, maxLength: 12 })
  fc.assert(
    fc.property(fc.array(world, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (worlds, capacity) => {
      let slices: EndpointSlice[] = []
      for (const pods of worlds) {
        const there = pods.map(([n, state]) => pod(n, state))
        slices = apply(slices, decide(there, slices, service(), capacity))
        assert.deepEqual(addresses(slices), there.map((each) => String(each.status?.podIP)).sort())
        for (const slice of slices) assert.ok((slice.endpoints?.length ?? 0) <= capacity)
        const fresh = apply([], decide(there, [], service(), capacity))
        const flat = (all: readonly EndpointSlice[]): string[] =>
          all.flatMap((slice) => (slice.endpoints ?? []).map((endpoint) => JSON.stringify([slice.ports, endpoint]))).sort()
        assert.deepEqual(flat(slices), flat(fresh))
        assert.deepEqual(decide(there, slices, service(), capacity), { create: [], update: [], delete: [] })
      }
    }),
  )
})

test('slices say when what they tell had changed, and are not written for that alone [EPS-1]', () => {
  const [creation, early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z']
  const of: Service = { ...service(), metadata: { ...service().metadata, creationTimestamp: creation } }
  const turned = (n: number, lastTransitionTime: string, facts: PodFacts = {}): Pod => {
    const one = pod(n, facts)
    return { ...one, status: { ...one.status, conditions: [{ ...one.status!.conditions![0]!, lastTransitionTime }] } }
  }
  const times = ({ create, update }: SliceWrites) =>
    [...create, ...update].map(({ metadata }) => metadata.annotations?.[LAST_CHANGE])
  const first = decide([turned(2, early)], [], of)
  assert.deepEqual(times(first), [creation])
  let existing = apply([], first)
  const both = decide([turned(2, late, { ready: false }), turned(3, early)], existing, of)
  assert.deepEqual(times(both), [early], 'the earlier of the two')
  existing = apply(existing, both)
  const leaving = decide([turned(2, late, { ready: false, terminating: true }), turned(3, early)], existing, of)
  assert.deepEqual(times(leaving), [undefined], 'nobody knows when it was deleted')
  existing = apply(existing, leaving)
  assert.deepEqual(decide([turned(2, late, { ready: false, terminating: true }), turned(3, late)], existing, of), {
    create: [],
    update: [],
    delete: [],
  })
})

test('trafficDistribution says for whom each ready endpoint is meant, and takes it back with the wish [EPS-6]', () => {
  const inZone = () => ({ apiVersion: 'v1', kind: 'Node', metadata: { labels: { 'topology.kubernetes.io/zone': 'a' } } }) as const
  const pods = [pod(1), pod(2, { ready: false })]
  const hints = (trafficDistribution?: string, existing: readonly EndpointSlice[] = []) => {
    const wished = service(trafficDistribution === undefined ? {} : { trafficDistribution })
    const slices = apply(existing, plan({ service: wished, pods, existing, nodeOf: inZone }))
    return { slices, said: slices.flatMap(({ endpoints }) => endpoints ?? []).map((endpoint) => endpoint.hints) }
  }
  const zones = { forZones: [{ name: 'a' }] }
  assert.deepEqual(hints('PreferClose').said, [zones, undefined])
  assert.deepEqual(hints('PreferSameZone').said, [zones, undefined])
  const near = hints('PreferSameNode')
  assert.deepEqual(near.said, [{ forNodes: [{ name: 'node1' }], ...zones }, undefined])
  assert.deepEqual(hints(undefined, near.slices).said, [undefined, undefined])
})

test('Pods of a node that is gone are left out, unless what is not ready is published [EPS-1]', () => {
  const addressesOf = (publishNotReadyAddresses: boolean): number => {
    const { create } = plan({
      service: service({ publishNotReadyAddresses }),
      pods: [pod(2)],
      existing: [],
      nodeOf: () => undefined,
    })
    return create.flatMap(({ endpoints }) => endpoints ?? []).length
  }
  assert.deepEqual([addressesOf(false), addressesOf(true)], [0, 1])
})
