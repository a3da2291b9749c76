import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, Node } from '../../api/index.ts'
import { planZoneHints, wantsZoneHints, zoneShares } from './zone-hints.ts'

const node = (zone: string | undefined, cpu = '4', ready = 'True', labels: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { labels: { ...labels, ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }) } },
  status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: ready }] },
})
/** `aab` is two endpoints in zone a and one in b. */
const endpoints = (zones: string): Endpoint[] =>
  zones.split('').map((zone, i) => ({ addresses: [`10.244.0.${i + 1}`], conditions: { ready: true }, zone }))
const said = (zones: string, nodes: readonly Node[]): string => {
  const plan = planZoneHints(endpoints(zones), zoneShares(nodes))
  return 'hints' in plan ? [...plan.hints.values()].join('') : plan.reason
}
const two = [node('a'), node('b')]

test('endpoints are meant for their own zones, as long as each zone has its share [EPS-6]', () => {
  assert.equal(said('ab', two), 'ab')
  assert.equal(said('aabb', two), 'aabb')
  assert.equal(said('aaabb', [node('a', '6'), node('b', '4')]), 'aaabb')
})

test('a zone with more than its share gives to those that have less [EPS-6]', () => {
  assert.equal(said('aaaa', two), 'bbaa')
  assert.equal(said('aaaaaabbb', [node('a'), node('b'), node('c')]), 'cccaaabbb')
  const inOrder = planZoneHints(endpoints('aaaa'), zoneShares(two))
  assert.deepEqual(planZoneHints(endpoints('aaaa').toReversed(), zoneShares(two)), inOrder)
})

test('nothing is said when somebody would be overloaded, or when too little is known [EPS-6]', () => {
  assert.equal(said('a', two), 'Insufficient number of endpoints (1 endpoints, 2 zones)')
  assert.match(said('aab', two), /^Unable to allocate minimum required endpoints to each zone .* \(3 endpoints, 2 zones\)$/)
  assert.match(said('ab', [node('a'), node(undefined)]), /^Insufficient Node information/)
  assert.match(said('ab', [node('a'), node('b', '4', 'False')]), /^Insufficient Node information/)
  const placeless = { addresses: ['10.244.0.9'], conditions: { ready: true } }
  const plan = planZoneHints([...endpoints('ab'), placeless, ...endpoints('b')], zoneShares(two))
  assert.deepEqual(plan, { reason: 'One or more endpoints do not have a zone specified' })
})

test('the annotation asks for it, in its old spelling too, and trafficDistribution goes before it [EPS-6]', () => {
  const service = (annotations: Record<string, string>, spec = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { annotations },
    spec,
  })
  assert.equal(wantsZoneHints(service({ 'service.kubernetes.io/topology-mode': 'Auto' })), true)
  assert.equal(wantsZoneHints(service({ 'service.kubernetes.io/topology-aware-hints': 'auto' })), true)
  assert.equal(wantsZoneHints(service({ 'service.kubernetes.io/topology-mode': 'Disabled' })), false)
  assert.equal(
    wantsZoneHints(service({ 'service.kubernetes.io/topology-mode': 'Auto' }, { trafficDistribution: 'PreferClose' })),
    false,
  )
})
