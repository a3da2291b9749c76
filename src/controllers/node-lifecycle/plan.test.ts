import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, Pod } from '../../api/index.ts'
import { evictedConditions, lastHeard, leaveAt, lostConditions, unreadyConditions, wantedTaints } from './plan.ts'

const NOW = '2026-01-01T00:10:00Z'
const node = (ready: string, spec: Node['spec'] = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node1' },
  spec,
  status: {
    conditions: [
      { type: 'Ready', status: ready, lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  },
})
const pod = (tolerations: NonNullable<Pod['spec']>['tolerations'] = []): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [], tolerations },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})

test('a silent node is unknown in every respect, once [POD-6]', () => {
  const lost = lostConditions(node('True'), NOW)
  assert.deepEqual(
    lost?.map(({ type, status, reason }) => [type, status, reason]),
    [
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ],
  )
  assert.equal(lostConditions({ ...node('True'), status: { conditions: lost } }, NOW), undefined)
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'node1' },
    spec: { renewTime: '2026-01-01T00:09:00.000000Z' },
  }
  assert.equal(lastHeard(node('True'), lease), Date.parse('2026-01-01T00:09:00Z'))
})

test('taints follow the state of the node and leave those of others alone [POD-6]', () => {
  const keys = (taints: ReturnType<typeof wantedTaints>) => taints?.map(({ key, effect }) => `${key}:${effect}`)
  assert.deepEqual(keys(wantedTaints(node('Unknown', { taints: [{ key: 'mine', effect: 'NoSchedule' }] }), 'begin', NOW)), [
    'mine:NoSchedule',
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ])
  assert.equal(wantedTaints(node('True'), 'wait', NOW), undefined)
  assert.deepEqual(keys(wantedTaints(node('True', { unschedulable: true }), 'wait', NOW)), [
    'node.kubernetes.io/unschedulable:NoSchedule',
  ])
  assert.deepEqual(
    keys(wantedTaints(node('True', { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] }), 'wait', NOW)),
    [],
  )
})

test('Pods are driven out in their turn, go on to be when another reason comes up, and never when all nodes are gone [POD-6]', () => {
  const effects = (of: Node, eviction: 'wait' | 'begin' | 'never'): unknown =>
    wantedTaints(of, eviction, NOW)?.map(({ key, effect }) => `${key.split('/')[1]}:${effect}`)
  assert.deepEqual(effects(node('Unknown'), 'wait'), ['unreachable:NoSchedule'])
  assert.deepEqual(effects(node('Unknown'), 'begin'), ['unreachable:NoSchedule', 'unreachable:NoExecute'])
  const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({ key: 'node.kubernetes.io/unreachable', effect }))
  assert.deepEqual(effects(node('False', { taints }), 'wait'), ['not-ready:NoSchedule', 'not-ready:NoExecute'])
  assert.deepEqual(effects(node('Unknown', { taints }), 'never'), ['unreachable:NoSchedule'])
})

test('a Pod leaves a lost node when its toleration runs out [POD-6]', () => {
  const tainted = node('Unknown', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: NOW }] })
  const tolerating = pod([
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ])
  assert.equal(
    leaveAt(tolerating, tainted, () => 0),
    Date.parse('2026-01-01T00:15:00Z'),
  )
  assert.equal(
    leaveAt(pod(), tainted, () => 0),
    Date.parse(NOW),
  )
  assert.equal(
    leaveAt(pod([{ operator: 'Exists' }]), tainted, () => 0),
    undefined,
  )
  assert.equal(
    leaveAt(pod(), node('True'), () => 0),
    undefined,
  )
})

test('a taint that does not say when it came counts from when it was seen [POD-6]', () => {
  const tainted = node('True', { taints: [{ key: 'k', effect: 'NoExecute' }] })
  const tolerating = pod([{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }])
  assert.equal(
    leaveAt(tolerating, tainted, () => Date.parse(NOW)),
    Date.parse('2026-01-01T00:11:00Z'),
  )
})

test('a Pod that a taint drives away says so [POD-6]', () => {
  const [ready, target] = evictedConditions(pod(), NOW)
  assert.equal(ready?.type, 'Ready')
  assert.deepEqual([target?.type, target?.reason], ['DisruptionTarget', 'DeletionByTaintManager'])
})

test('a node that is short of something takes no new Pods [POD-6]', () => {
  const short = node('True')
  const conditions = [...(short.status?.conditions ?? []), { type: 'DiskPressure', status: 'True' }]
  assert.deepEqual(wantedTaints({ ...short, status: { conditions } }, 'wait', NOW), [
    { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' },
  ])
})

test('Pods on a lost node are not ready, so their endpoints leave [POD-6] [EPS-1]', () => {
  assert.deepEqual(unreadyConditions(pod(), NOW), [{ type: 'Ready', status: 'False', lastTransitionTime: NOW }])
  assert.equal(unreadyConditions({ ...pod(), status: {} }, NOW), undefined)
})
