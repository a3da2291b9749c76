import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersistentVolumeClaim, Pod } from '../api/index.ts'
import { obstacleOf } from './claims.ts'
import { cluster, node, placed, pod } from './testing/objects.ts'

const claim = (spec: object = {}, more: object = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec,
  ...more,
})
const mounts = (volume: object): Pod => pod({ volumes: [{ name: 'v', ...volume }] })
const data = mounts({ persistentVolumeClaim: { claimName: 'data' } })

test('a Pod waits for its claims, and says in upstream words what is the matter with them [POD-4]', () => {
  const why = (found: PersistentVolumeClaim | undefined, { of = data, late = false } = {}): unknown =>
    Object.values(obstacleOf(of, { find: () => found, bindsLate: () => late }) ?? {})[0]
  assert.equal(why(undefined, { of: pod() }), undefined)
  assert.equal(why(undefined), 'persistentvolumeclaim "data" not found')
  const ephemeral = mounts({ ephemeral: {} })
  assert.equal(
    why(undefined, { of: ephemeral }),
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
  )
  assert.equal(why(claim()), 'pod has unbound immediate PersistentVolumeClaims')
  assert.equal(why(claim(), { late: true }), "node(s) didn't find available persistent volumes to bind")
  assert.equal(why(claim({ volumeName: 'pv' })), undefined)
  const lost = claim({ volumeName: 'pv' }, { status: { phase: 'Lost' } })
  assert.equal(why(lost), 'persistentvolumeclaim "data" bound to non-existent persistentvolume "pv"')
  const going = claim({ volumeName: 'pv' }, { metadata: { name: 'data', deletionTimestamp: '2026-01-01T00:00:00Z' } })
  assert.equal(why(going), 'persistentvolumeclaim "data" is being deleted')
})

test('what holds everywhere is said once, what holds on nodes for each of them [POD-4]', () => {
  const both = cluster([node('a')], [node('b')])
  const rest = 'no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.'
  assert.equal(placed(data, { ...both, obstacle: { anywhere: 'no' } }), `0/2 nodes are available: no. ${rest}`)
  assert.equal(placed(data, { ...both, obstacle: { onNode: 'none' } }), `0/2 nodes are available: 2 none. ${rest}`)
})
