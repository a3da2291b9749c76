import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freeSubnet } from './plan.ts'

test('each node gets the first range that nobody has, until there is none [POD-1]', () => {
  assert.equal(freeSubnet('10.244.0.0/16', []), '10.244.0.0/24')
  assert.equal(freeSubnet('10.244.0.0/16', ['10.244.0.0/24', '10.244.2.0/24']), '10.244.1.0/24')
  assert.equal(freeSubnet('10.244.0.0/23', ['10.244.0.0/16']), undefined)
})

test('a range of IPv6 is given out in /64, whatever is taken of IPv4 [POD-1] [SVC-9]', () => {
  assert.equal(freeSubnet('fd00:10:244::/56', ['10.244.0.0/24', 'fd00:10:244::/64']), 'fd00:10:244:1::/64')
  assert.equal(freeSubnet('fd00:10:244::/64', ['fd00:10:244::/64']), undefined)
})
