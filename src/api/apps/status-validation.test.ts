import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldErrorText } from '../field.ts'
import { DAEMON_SET, DEPLOYMENT, REPLICA_SET, STATEFUL_SET, validateCounts } from './status-validation.ts'

const said = (counting: Parameters<typeof validateCounts>[0], status: object, old: object = {}): string[] =>
  validateCounts(counting)({ status }, { status: old }).map(fieldErrorText)

test('what is said of Pods adds up [POD-2]', () => {
  const fine = { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 1, currentReplicas: 3 }
  for (const counting of [DEPLOYMENT, REPLICA_SET, STATEFUL_SET, DAEMON_SET]) {
    assert.deepEqual(said(counting, {}), [])
    assert.deepEqual(said(counting, fine), [])
  }
  assert.deepEqual(said(REPLICA_SET, { replicas: 1, readyReplicas: 2, availableReplicas: 3 }), [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
  ])
  assert.deepEqual(said(STATEFUL_SET, { replicas: 1, availableReplicas: 1 }), [
    'status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas',
  ])
  assert.deepEqual(said(DAEMON_SET, { numberReady: -1 }), [
    'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
  ])
})

test('collisions are counted up [POD-2]', () => {
  assert.deepEqual(said(DEPLOYMENT, { collisionCount: 2 }, { collisionCount: 1 }), [])
  assert.deepEqual(said(DEPLOYMENT, {}, { collisionCount: 1 }), [
    'status.collisionCount: Invalid value: 0: cannot be decremented',
  ])
  assert.deepEqual(said(REPLICA_SET, {}, { collisionCount: 1 }), [])
})
