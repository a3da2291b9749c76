import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Affinity, Pod, PodAffinityTerm } from '../api/index.ts'
import { app, cluster, node, placed, pod } from './testing/objects.ts'

const ZONE = 'topology.kubernetes.io/zone'
const [a, b, c] = [node('a', {}, { [ZONE]: 'east' }), node('b', {}, { [ZONE]: 'east' }), node('c', {}, { [ZONE]: 'west' })]

const term = (name: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm => ({
  topologyKey: 'kubernetes.io/hostname',
  labelSelector: { matchLabels: { app: name } },
  ...more,
})
const wants = (affinity: Affinity, name = 'new'): Pod => app(name, { affinity })
const near = (...terms: PodAffinityTerm[]): Affinity => ({
  podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
})
const far = (...terms: PodAffinityTerm[]): Affinity => ({
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms },
})

test('a Pod goes only where the company is that it requires, by node or by zone [POD-2]', () => {
  const there = cluster([a], [b, app('db')], [c])
  assert.equal(placed(wants(near(term('db'))), there), 'b')
  assert.equal(placed(wants(near(term('db', { topologyKey: ZONE }))), cluster([a], [b, app('db'), pod(), pod()], [c])), 'a')
  assert.match(
    placed(wants(near(term('cache'))), there),
    /^0\/3 nodes are available: 3 node\(s\) didn't match pod affinity rules\. no new claims to deallocate, preemption: .* 3 Preemption is not helpful/,
  )
  assert.match(placed(wants(near(term('db'), term('web'))), there), /3 node\(s\) didn't match pod affinity rules/)
})

test('the first of Pods that require each other may go anywhere [POD-2]', () => {
  assert.equal(placed(wants(near(term('web')), 'web'), cluster([a], [b])), 'a')
  assert.equal(placed(wants(near(term('web')), 'web'), cluster([a], [b, app('web')])), 'b')
  assert.match(placed(wants(near(term('web', { topologyKey: 'rack' })), 'web'), cluster([a])), /didn't match pod affinity rules/)
})

test('a Pod keeps away from those it can not be with, and they from it [POD-2]', () => {
  const zonal = term('db', { topologyKey: ZONE })
  assert.equal(placed(wants(far(zonal)), cluster([a], [b, app('db')], [c])), 'c')
  assert.match(
    placed(wants(far(zonal)), cluster([a], [b, app('db')])),
    /: 2 node\(s\) didn't match pod anti-affinity rules\. no new claims to deallocate, preemption: .* 2 No preemption victims found for incoming pod\.$/,
  )
  const shy = wants(far(term('web', { topologyKey: ZONE })), 'shy')
  assert.equal(placed(app('web'), cluster([a], [b, shy], [c])), 'c')
  assert.match(placed(app('web'), cluster([a], [b, shy])), /2 node\(s\) didn't satisfy existing pods anti-affinity rules/)
  assert.equal(placed(app('other'), cluster([a, pod(), pod()], [b, shy])), 'b')
})

test('terms are about their own namespace, those they name, or those whose labels match [POD-2]', () => {
  const stranger = pod({}, { app: 'db' }, 'elsewhere')
  const there = cluster([a], [b, stranger])
  assert.match(placed(wants(near(term('db'))), there), /didn't match pod affinity rules/)
  assert.equal(placed(wants(near(term('db', { namespaces: ['elsewhere'] }))), there), 'b')
  assert.equal(placed(wants(near(term('db', { namespaceSelector: {} }))), there), 'b')
  const matchLabels = { 'kubernetes.io/metadata.name': 'default' }
  assert.match(placed(wants(near(term('db', { namespaceSelector: { matchLabels } }))), there), /didn't match pod affinity rules/)
})

test('keys of labels stand for what the Pod has there [POD-2]', () => {
  const version = (value: string, affinity?: Affinity): Pod =>
    pod(affinity ? { affinity } : {}, { app: 'web', 'pod-template-hash': value })
  const same = term('web', { matchLabelKeys: ['pod-template-hash'] })
  const others = term('web', { mismatchLabelKeys: ['pod-template-hash'] })
  assert.equal(placed(version('2', far(same)), cluster([a, version('1')], [b, version('2')])), 'a')
  assert.equal(placed(version('2', far(others)), cluster([a, version('1')], [b, version('2')])), 'b')
})

test('preferences draw and repel, the Pod’s own and those of the Pods there [POD-2]', () => {
  const rather = (weight: number, podAffinityTerm: PodAffinityTerm) => ({
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm }],
  })
  assert.equal(placed(wants({ podAffinity: rather(10, term('db')) }), cluster([a], [b, app('db')])), 'b')
  assert.equal(placed(wants({ podAntiAffinity: rather(10, term('db')) }), cluster([a, app('db')], [b, pod(), pod()])), 'b')
  const shy = wants({ podAntiAffinity: rather(10, term('web')) }, 'shy')
  assert.equal(placed(app('web'), cluster([a, shy], [b, pod(), pod()])), 'b')
  assert.equal(placed(app('web'), cluster([a], [b, wants(near(term('web')), 'fan')])), 'b')
})
