import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressAt, overlaps, parseCIDR, subnetAt } from './cidr.ts'

test('a range is taken apart, and bits behind its prefix are ignored', () => {
  assert.deepEqual(parseCIDR('10.96.0.5/12'), { first: 0x0a600000, size: 2 ** 20, prefix: 12 })
  assert.deepEqual(parseCIDR('0.0.0.0/0'), { first: 0, size: 2 ** 32, prefix: 0 })
  for (const bad of ['', '10.0.0.0', '10.0.0/8', '10.0.0.0/33', 'fd00::/8', 'x'])
    assert.throws(() => parseCIDR(bad), { code: 'BadCIDR' })
})

test('addresses and subnets are numbered from 0, and the end of the range is the end', () => {
  assert.equal(addressAt('10.96.0.0/12', 10), '10.96.0.10')
  assert.equal(addressAt('255.255.255.0/24', 255), '255.255.255.255')
  assert.equal(subnetAt('10.244.0.0/16', 24, 1), '10.244.1.0/24')
  assert.throws(() => addressAt('10.0.0.0/30', 4), { code: 'BadCIDR' })
  assert.throws(() => subnetAt('10.244.0.0/16', 24, 256), { code: 'BadCIDR' })
})

test('ranges overlap when one address is in both', () => {
  assert.ok(overlaps('10.96.0.0/12', '10.100.0.0/16'))
  assert.ok(!overlaps('10.244.0.0/16', '10.245.0.0/16'))
  assert.ok(overlaps('0.0.0.0/0', '192.168.1.0/24'))
})
