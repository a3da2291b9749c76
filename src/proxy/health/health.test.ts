import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../api/index.ts'
import { Health, isEligible } from './health.ts'

let now = Date.parse('2026-01-02T03:04:05.678Z')
const clock = { now: () => now, sleep: async () => {} }

test('a proxy is ill when a change has waited for a minute, and says so as upstream does [OPS-7]', () => {
  const health = new Health(clock)
  const start = '2026-01-02T03:04:05.678Z'
  health.queued('ip')
  assert.deepEqual(health.answer({ eligible: true }), {
    status: 200,
    body: `{"lastUpdated":"${start}","currentTime":"${start}","nodeEligible":true,"healthy":true}`,
  })
  health.updated('ip')
  now += 100_000
  const later = '2026-01-02T03:05:45.678Z'
  assert.equal(
    health.answer().body,
    `{"lastUpdated":"${later}","currentTime":"${later}","healthy":true,"status":{"IPv4":{"lastUpdated":"${start}","healthy":true}}}`,
  )
  health.queued('ip')
  now += 59_000
  assert.equal(health.answer().status, 200)
  health.queued('ip')
  now += 1_000
  assert.equal(health.healthy, false)
  const last = '2026-01-02T03:06:45.678Z'
  assert.deepEqual(health.answer(), {
    status: 503,
    body: `{"lastUpdated":"${start}","currentTime":"${last}","healthy":false,"status":{"IPv4":{"lastUpdated":"${start}","healthy":false}}}`,
  })
  health.updated('ip')
  assert.equal(health.answer().status, 200)
})

test('a node that is about to go is not eligible, but its proxy lives [NET-7]', () => {
  const node = (more: Partial<Node>): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' }, ...more })
  assert.equal(isEligible(node({})), true)
  assert.equal(isEligible(undefined), false)
  assert.equal(isEligible(node({ metadata: { deletionTimestamp: '2026-01-02T03:04:05Z' } })), false)
  const taints = [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }]
  assert.equal(isEligible(node({ spec: { taints } })), false)
  const health = new Health(clock)
  health.updated('ip')
  assert.equal(health.answer({ eligible: false }).status, 503)
  assert.equal(health.answer().status, 200)
})
