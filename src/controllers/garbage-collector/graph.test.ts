import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KubeObject, type OwnerReference, pods, replicaSets } from '../../api/index.ts'
import { isNameOf, isWithinReach, type Item, judge, OwnershipGraph, unblockedOwners } from './graph.ts'

const owner = (uid: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: uid,
  uid,
  ...more,
})
const item = (uid: string, metadata: KubeObject['metadata'] = {}): Item => ({
  resource: uid.startsWith('rs') ? replicaSets : pods,
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: uid, uid, ...metadata } },
})

function world(...items: readonly Item[]): OwnershipGraph {
  const graph = new OwnershipGraph()
  for (const each of items) graph.set(each.object.metadata.uid ?? '', each)
  return graph
}
const judged = (each: Item, graph: OwnershipGraph) => judge(each, graph, ({ uid }) => (graph.get(uid) ? 'there' : 'gone'))

const DELETE = { action: 'delete', propagation: 'Background', unblocked: false }
const GOING = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] }

test('what belongs to somebody who is gone is deleted; what also belongs to somebody else is released [POD-7]', () => {
  const orphan = item('pod-1', { ownerReferences: [owner('rs-gone')] })
  assert.deepEqual(judged(orphan, world(orphan)), DELETE)
  const shared = item('pod-2', { ownerReferences: [owner('rs-gone'), owner('rs-1')] })
  assert.deepEqual(judged(shared, world(shared, item('rs-1'))), { action: 'release', from: new Set(['rs-gone']) })
  const kept = item('pod-3', { ownerReferences: [owner('rs-1')] })
  assert.deepEqual(judged(kept, world(kept, item('rs-1'))), { action: 'keep' })
})

test('foreground deletion takes dependents first, then the owner [POD-7]', () => {
  const going = item('rs-1', GOING)
  const dependent = item('pod-1', { ownerReferences: [owner('rs-1', { blockOwnerDeletion: true })] })
  const graph = world(going, dependent)
  assert.deepEqual(judged(going, graph), { action: 'keep' })
  assert.deepEqual(judged(dependent, graph), DELETE)
  graph.set('pod-1', undefined)
  assert.deepEqual(judged(going, graph), { action: 'unblock', finalizer: 'foregroundDeletion' })
})

test('orphan deletion lets dependents go first [POD-7]', () => {
  const going = item('rs-1', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] })
  const dependent = item('pod-1', { ownerReferences: [owner('rs-1')] })
  assert.deepEqual(judged(going, world(going, dependent)), { action: 'orphan', dependents: [dependent] })
  assert.deepEqual(judged(going, world(going)), { action: 'unblock', finalizer: 'orphan' })
})

test('what also belongs to somebody else does not go with an owner that waits for it [POD-7]', () => {
  const shared = item('pod-1', { ownerReferences: [owner('rs-1', { blockOwnerDeletion: true }), owner('rs-2')] })
  const graph = world(shared, item('rs-1', GOING), item('rs-2'))
  assert.deepEqual(judged(shared, graph), { action: 'release', from: new Set(['rs-1']) })
})

test('dependents that lead in a circle are taken apart [POD-7]', () => {
  const first = item('pod-1', { ...GOING, ownerReferences: [owner('pod-3', { blockOwnerDeletion: true })] })
  const second = item('pod-2', { ownerReferences: [owner('pod-1', { blockOwnerDeletion: true })] })
  const third = item('pod-3', { ownerReferences: [owner('pod-2', { blockOwnerDeletion: true })] })
  const graph = world(first, second, third)
  assert.deepEqual(judged(second, graph), { action: 'delete', propagation: 'Foreground', unblocked: false })
  graph.set('pod-2', { ...second, object: { ...second.object, metadata: { ...second.object.metadata, ...GOING } } })
  assert.deepEqual(judged(third, graph), { action: 'delete', propagation: 'Foreground', unblocked: true })
})

test('nothing is done about an object of whose owners one can not be looked up [POD-7]', () => {
  const odd = item('pod-1', { ownerReferences: [owner('rs-gone'), owner('x', { kind: 'Nothing' })] })
  assert.deepEqual(
    judge(odd, world(odd), ({ kind }) => (kind === 'Nothing' ? 'unknown' : 'gone')),
    { action: 'keep' },
  )
})

test('an owner is told of references that no longer keep it, and of those that can not mean it [POD-7]', () => {
  const blocking = item('pod-1', { ownerReferences: [owner('rs-1', { blockOwnerDeletion: true })] }).object
  const free = item('pod-1', { ownerReferences: [owner('rs-1')] }).object
  assert.deepEqual([unblockedOwners(blocking, free), unblockedOwners(blocking, undefined)], [['rs-1'], ['rs-1']])
  assert.deepEqual(unblockedOwners(free, blocking), [])
  const there = item('rs-1', { namespace: 'there' })
  assert.equal(isWithinReach(there, item('pod-1', { namespace: 'there' })), true)
  assert.equal(isWithinReach(there, item('pod-1', { namespace: 'here' })), false)
  assert.equal(isWithinReach(item('rs-1'), item('pod-1', { namespace: 'here' })), true)
  assert.deepEqual([isNameOf(owner('rs-1'), there), isNameOf(owner('rs-1', { kind: 'Pod' }), there)], [true, false])
})
