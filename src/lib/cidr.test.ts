import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressAt, indexIn, overlaps, parseCIDR, subnetAt, subnetsIn } from './cidr.ts'

test('a range is taken apart, and bits behind its prefix are ignored', () => {
  assert.deepEqual(parseCIDR('10.96.0.5/12'), { width: 32, first: 0x0a600000n, size: 2n ** 20n, prefix: 12 })
  assert.deepEqual(parseCIDR('0.0.0.0/0'), { width: 32, first: 0n, size: 2n ** 32n, prefix: 0 })
  assert.deepEqual(parseCIDR('fd00::1/120'), { width: 128, first: 0xfdn << 120n, size: 256n, prefix: 120 })
  for (const bad of ['', '10.0.0.0', '10.0.0/8', '10.0.0.0/33', 'fd00::/129', 'fd00::', 'fe80::1%eth0/64', 'x'])
    assert.throws(() => parseCIDR(bad), { code: 'BadCIDR' }, bad)
})

test('addresses and subnets are numbered from 0, and the end of the range is the end [SVC-9]', () => {
  assert.equal(addressAt('10.96.0.0/12', 10), '10.96.0.10')
  assert.equal(addressAt('255.255.255.0/24', 255), '255.255.255.255')
  assert.equal(addressAt('fd00:10:96::/112', 10), 'fd00:10:96::a')
  assert.equal(addressAt('fd00::/8', 2n ** 120n - 1n), 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
  assert.equal(subnetAt('10.244.0.0/16', 24, 1), '10.244.1.0/24')
  assert.equal(subnetAt('fd00:10:244::/56', 64, 255), 'fd00:10:244:ff::/64')
  assert.deepEqual([subnetsIn('10.244.0.0/16', 24), subnetsIn('fd00::/56', 64), subnetsIn('10.0.0.0/25', 24)], [256n, 256n, 0n])
  for (const index of [-1, 4]) assert.throws(() => addressAt('10.0.0.0/30', index), { code: 'BadCIDR' })
  assert.throws(() => subnetAt('10.244.0.0/16', 24, 256), { code: 'BadCIDR' })
  assert.throws(() => subnetAt('fd00::/64', 56, 0), { code: 'BadCIDR' })
})

test("an address's number is what the range counts it as, and one outside has none", () => {
  for (const [cidr, index] of [
    ['192.168.1.0/24', 254n],
    ['fd00:192:168:1::/64', 2n ** 64n - 1n],
  ] as const)
    assert.equal(indexIn(cidr, addressAt(cidr, index)), index)
  for (const other of ['192.168.2.1', '192.168.0.255', 'fd00::1', '', 'x'])
    assert.equal(indexIn('192.168.1.0/24', other), undefined)
  assert.equal(indexIn('::/0', '0.0.0.1'), undefined)
})

test('ranges overlap when one address is in both', () => {
  assert.ok(overlaps('10.96.0.0/12', '10.100.0.0/16'))
  assert.ok(!overlaps('10.244.0.0/16', '10.245.0.0/16'))
  assert.ok(overlaps('0.0.0.0/0', '192.168.1.0/24'))
  assert.ok(overlaps('fd00:10::/32', 'fd00:10:244::/56'))
  assert.ok(!overlaps('fd00:10:96::/112', 'fd00:10:97::/112'))
  assert.ok(!overlaps('0.0.0.0/0', '::/0'))
})
