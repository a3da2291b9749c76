import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KubeObject, type OwnerReference, pods, replicaSets } from '../../api/index.ts'
import { type Item, judge, OwnershipGraph } from './graph.ts'

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
const judged = (each: Item, graph: OwnershipGraph) => judge(each, graph, ({ uid }) => graph.get(uid) !== undefined)

test('what belongs to somebody who is gone is deleted; what also belongs to somebody else is released [POD-7]', () => {
  const orphan = item('pod-1', { ownerReferences: [owner('rs-gone')] })
  assert.deepEqual(judged(orphan, world(orphan)), { action: 'delete', propagation: 'Background' })
  const shared = item('pod-2', { ownerReferences: [owner('rs-gone'), owner('rs-1')] })
  assert.deepEqual(judged(shared, world(shared, item('rs-1'))), { action: 'release', gone: new Set(['rs-gone']) })
  const kept = item('pod-3', { ownerReferences: [owner('rs-1')] })
  assert.deepEqual(judged(kept, world(kept, item('rs-1'))), { action: 'keep' })
})

test('foreground deletion takes dependents first, then the owner [POD-7]', () => {
  const going = item('rs-1', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] })
  const dependent = item('pod-1', { ownerReferences: [owner('rs-1', { blockOwnerDeletion: true })] })
  const graph = world(going, dependent)
  assert.deepEqual(judged(going, graph), { action: 'keep' })
  assert.deepEqual(judged(dependent, graph), { action: 'delete', propagation: 'Background' })
  graph.set('pod-1', undefined)
  assert.deepEqual(judged(going, graph), { action: 'unblock', finalizer: 'foregroundDeletion' })
})

test('orphan deletion lets dependents go first [POD-7]', () => {
  const going = item('rs-1', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['orphan'] })
  const dependent = item('pod-1', { ownerReferences: [owner('rs-1')] })
  assert.deepEqual(judged(going, world(going, dependent)), { action: 'orphan', dependents: [dependent] })
  assert.deepEqual(judged(going, world(going)), { action: 'unblock', finalizer: 'orphan' })
})
