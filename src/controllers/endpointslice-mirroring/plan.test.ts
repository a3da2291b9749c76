import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoints, EndpointSlice, Service } from '../../api/index.ts'
import { plan } from './plan.ts'

const service = (selector?: Record<string, string>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'db', namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...(selector ? { selector } : {}) },
})

const endpoints = (subsets: Endpoints['subsets'], labels: Record<string, string> = { team: 'a' }): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'db', namespace: 'default', uid: 'u-db', labels },
  subsets,
})

const BY_HAND: Endpoints['subsets'] = [
  { addresses: [{ ip: '10.4.5.6' }, { ip: '10.1.2.3' }], notReadyAddresses: [{ ip: '10.9.9.9' }], ports: [{ port: 9376 }] },
]

/** As if they had been stored. */
const stored = (slices: readonly EndpointSlice[]): EndpointSlice[] =>
  slices.map((slice, i) => ({ ...slice, metadata: { ...slice.metadata, name: `db-${i}` } }))

const mirrored = (from: Endpoints): EndpointSlice[] => stored(plan({ service: service(), endpoints: from, existing: [] }).create)

test('hand-made Endpoints have a slice that says whose it is [EPS-4]', () => {
  const [slice, ...others] = mirrored(endpoints(BY_HAND))
  assert.deepEqual(others, [])
  assert.deepEqual(slice?.metadata.labels, {
    team: 'a',
    'kubernetes.io/service-name': 'db',
    'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
  })
  assert.deepEqual(
    slice?.metadata.ownerReferences?.map(({ kind, uid }) => [kind, uid]),
    [['Endpoints', 'u-db']],
  )
  assert.deepEqual(slice?.ports, [{ name: '', port: 9376, protocol: 'TCP' }])
  assert.deepEqual(
    slice?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]),
    [
      ['10.4.5.6', true],
      ['10.1.2.3', true],
      ['10.9.9.9', false],
    ],
  )
})

test('each address family and each set of ports has a slice of its own [EPS-4]', () => {
  const slices = mirrored(
    endpoints([
      { addresses: [{ ip: '10.4.5.6' }, { ip: 'fd00::1' }], ports: [{ port: 80 }] },
      { addresses: [{ ip: '10.4.5.7' }], ports: [{ port: 81 }] },
    ]),
  )
  assert.deepEqual(slices.map((slice) => `${slice.addressType} ${slice.ports?.[0]?.port}`).sort(), [
    'IPv4 80',
    'IPv4 81',
    'IPv6 80',
  ])
})

test('nothing is written when nothing changed, and one slice when an address did [EPS-4]', () => {
  const existing = mirrored(endpoints(BY_HAND))
  const idle = { create: [], update: [], delete: [] }
  assert.deepEqual(plan({ service: service(), endpoints: endpoints(BY_HAND), existing }), idle)
  const moved = endpoints([{ addresses: [{ ip: '10.4.5.7' }], ports: [{ port: 9376 }] }])
  const { create, update, delete: remove } = plan({ service: service(), endpoints: moved, existing })
  assert.deepEqual(
    [create, remove, update.map((slice) => [slice.metadata.name, slice.endpoints?.[0]?.addresses[0]])],
    [[], [], [['db-0', '10.4.5.7']]],
  )
})

const UNMIRRORED: readonly [title: string, service: Service | undefined, endpoints: Endpoints | undefined][] = [
  ['the Endpoints go', service(), undefined],
  ['the Service goes', undefined, endpoints(BY_HAND)],
  ['the Service gets a selector', service({ app: 'db' }), endpoints(BY_HAND)],
  ['the Endpoints ask not to be', service(), endpoints(BY_HAND, { 'endpointslice.kubernetes.io/skip-mirror': 'true' })],
]

for (const [title, of, from] of UNMIRRORED) {
  test(`the mirror goes when ${title} [EPS-4]`, () => {
    const existing = mirrored(endpoints(BY_HAND))
    assert.deepEqual(plan({ service: of, endpoints: from, existing }), { create: [], update: [], delete: existing })
  })
}
