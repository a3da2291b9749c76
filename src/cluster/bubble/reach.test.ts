import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflictOf } from './reach.ts'
import { DEFAULT_RANGES, ipv6Beside } from '../addresses.ts'

test('the host gets no route where it has one already, and is told which [OPS-4]', () => {
  const home = [
    { dst: 'default', dev: 'eth0' },
    { dst: '192.0.2.0/24', dev: 'eth0' },
  ]
  assert.equal(conflictOf(DEFAULT_RANGES, home), undefined)
  assert.match(
    conflictOf(DEFAULT_RANGES, [...home, { dst: '192.168.0.0/16', dev: 'wlan0' }]) ?? '',
    /192\.168\.1\.0\/24 .* 192\.168\.0\.0\/16 by wlan0/,
  )
  const ours = { dst: '10.96.0.0/12', nexthops: [{ gateway: '192.168.1.2', dev: 'portolan' }] }
  assert.match(conflictOf(DEFAULT_RANGES, [ours]) ?? '', /by portolan$/)
  assert.match(conflictOf(DEFAULT_RANGES, [{ dst: '10.100.1.2', dev: 'tun0' }]) ?? '', /10\.96\.0\.0\/12 is in use/)
  assert.equal(conflictOf(DEFAULT_RANGES, [{ dst: '0.0.0.0/0', dev: 'eth0' }, { dst: 'fe80::/64' }]), undefined)
})

test('the same of IPv6 [OPS-4] [SVC-9]', () => {
  const home = [{ dst: 'default' }, { dst: 'ff00::/8' }, { dst: 'fe80::/64' }, { dst: 'fd00:192:168:2::/64' }, { dst: '::1' }]
  assert.equal(conflictOf(ipv6Beside(DEFAULT_RANGES), home), undefined)
  const tunnel = { dst: 'fd00:10:96::a', dev: 'tun0' }
  assert.match(conflictOf(ipv6Beside(DEFAULT_RANGES), [tunnel]) ?? '', /fd00:10:96::\/112 .* fd00:10:96::a\/128 by tun0/)
})
