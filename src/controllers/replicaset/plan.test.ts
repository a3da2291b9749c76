import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/index.ts'
import { withFailure } from './failure.ts'
import { count, plan } from './plan.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const pod = (
  name: string,
  {
    node = 'node1',
    ready = true,
    since = '2026-01-01T00:00:00Z',
    ...more
  }: { node?: string; ready?: boolean; since?: string; cost?: string; phase?: string; deleted?: boolean } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'kubia' },
    creationTimestamp: since,
    ...(more.cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': more.cost } } : {}),
    ...(more.deleted ? { deletionTimestamp: since } : {}),
  },
  spec: { containers: [], ...(node ? { nodeName: node } : {}) },
  status: {
    phase: more.phase ?? 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }],
  },
})

const deleted = (replicas: number, pods: readonly Pod[]): (string | undefined)[] =>
  plan({ replicas, pods, now: NOW }).delete.map((each) => each.metadata.name)

test('as many are made as are missing; those that ended or are on their way out do not count [POD-2]', () => {
  assert.deepEqual(
    plan({ replicas: 3, pods: [pod('a'), pod('b', { phase: 'Failed' }), pod('c', { deleted: true })], now: NOW }),
    {
      create: 2,
      delete: [],
    },
  )
})

test('the Pods whose loss hurts least go first [POD-2]', () => {
  assert.deepEqual(deleted(1, [pod('good'), pod('unplaced', { node: '' })]), ['unplaced'])
  assert.deepEqual(deleted(1, [pod('good'), pod('pending', { phase: 'Pending' })]), ['pending'])
  assert.deepEqual(deleted(1, [pod('good'), pod('unready', { ready: false })]), ['unready'])
  assert.deepEqual(deleted(1, [pod('cheap', { cost: '-5' }), pod('dear', { cost: '5' })]), ['cheap'])
  assert.deepEqual(deleted(2, [pod('alone', { node: 'node2' }), pod('a'), pod('b')]).length, 1)
  assert.notDeepEqual(deleted(2, [pod('alone', { node: 'node2' }), pod('a'), pod('b')]), ['alone'])
  assert.deepEqual(deleted(1, [pod('old'), pod('new', { since: '2026-01-01T00:09:00Z' })]), ['new'])
})

test('a Pod counts as available when it has been ready for minReadySeconds [POD-2]', () => {
  const wanted = { replicas: 2, minReadySeconds: 120, templateLabels: { app: 'kubia' } }
  const pods = [pod('old'), pod('new', { since: '2026-01-01T00:09:00Z' }), pod('leaving', { deleted: true })]
  const available = { replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 1 }
  assert.deepEqual(count(wanted, pods, NOW), { ...available, terminatingReplicas: 1 })
})

test('what keeps Pods from being made is told until they are [POD-2]', () => {
  const failure = { error: new Error('exceeded quota'), creating: true }
  const told = withFailure([], failure, '2026-01-01T00:00:00Z')
  const condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }
  assert.deepEqual(told, [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }])
  assert.equal(withFailure(told, failure, '2026-01-01T00:01:00Z'), told)
  assert.deepEqual(withFailure(told, undefined, '2026-01-01T00:01:00Z'), [])
})

test('a Pod goes from where the others of its Deployment are, and of Pods of about the same age chance decides [POD-2]', () => {
  const pods = [pod('a', { node: 'node1' }), pod('b', { node: 'node2' })]
  const left = plan({ replicas: 1, pods, related: [pod('c', { node: 'node2' })], now: NOW })
  assert.equal(left.delete[0]?.metadata.name, 'b')
  const alike = [pod('older', { since: '2026-01-01T00:04:00Z' }), pod('newer', { since: '2026-01-01T00:05:00Z' })]
  const [first, second] = alike.map((each, i) => ({ ...each, metadata: { ...each.metadata, uid: `u-${i}` } }))
  assert.deepEqual(deleted(1, [first!, second!]), ['older'])
})
