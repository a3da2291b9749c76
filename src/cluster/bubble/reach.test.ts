import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflictOf } from './reach.ts'
import { addressesOf, checkRanges, checkUnchanged, DEFAULT_RANGES, ipv6Beside, newPlan } from '../addresses.ts'

const spec = { name: 'default', nodes: [], port: 6443, wayOut: false, ...DEFAULT_RANGES }

test('the host gets no route where it has one already, and is told which [OPS-4]', () => {
  const home = [
    { dst: 'default', dev: 'eth0' },
    { dst: '192.0.2.0/24', dev: 'eth0' },
  ]
  assert.equal(conflictOf(spec, home), undefined)
  assert.match(
    conflictOf(spec, [...home, { dst: '192.168.0.0/16', dev: 'wlan0' }]) ?? '',
    /192\.168\.1\.0\/24 .* 192\.168\.0\.0\/16 by wlan0/,
  )
  const ours = { dst: '10.96.0.0/12', nexthops: [{ gateway: '192.168.1.2', dev: 'portolan' }] }
  assert.match(conflictOf(spec, [ours]) ?? '', /by portolan$/)
  assert.match(conflictOf(spec, [{ dst: '10.100.1.2', dev: 'tun0' }]) ?? '', /10\.96\.0\.0\/12 is in use/)
  assert.equal(conflictOf(spec, [{ dst: '0.0.0.0/0', dev: 'eth0' }, { dst: 'fe80::/64' }]), undefined)
})

test('the same of IPv6, whose ranges have the figures of the others [OPS-4] [SVC-9]', () => {
  const ranges = ipv6Beside(DEFAULT_RANGES)
  assert.deepEqual(ranges, { nodeCIDR: 'fd00:192:168:1::/64', podCIDR: 'fd00:10:244::/56', serviceCIDR: 'fd00:10:96::/112' })
  const near = { nodeCIDR: '10.0.2.0/24', podCIDR: '10.0.0.0/24', serviceCIDR: '10.0.255.0/24' }
  checkRanges(newPlan(near, 'dual'))
  assert.equal(ipv6Beside(near).podCIDR, 'fd00:10:0:ff00::/56')
  const home = [{ dst: 'default' }, { dst: 'ff00::/8' }, { dst: 'fe80::/64' }, { dst: 'fd00:192:168:2::/64' }, { dst: '::1' }]
  assert.equal(conflictOf(ranges, home), undefined)
  assert.match(
    conflictOf(ranges, [{ dst: 'fd00:10:96::a', dev: 'tun0' }]) ?? '',
    /fd00:10:96::\/112 .* fd00:10:96::a\/128 by tun0/,
  )
})

test('a cluster of both families has a range of each, as kubeadm writes them [SVC-9]', () => {
  assert.deepEqual(newPlan({ podCIDR: '10.200.0.0/16' }, 'ipv4'), { ...DEFAULT_RANGES, podCIDR: '10.200.0.0/16' })
  const plan = newPlan({ podCIDR: '10.200.0.0/16,fd00:5::/48', serviceCIDR: '10.0.0.0/16' }, 'dual')
  checkRanges(plan)
  assert.deepEqual(plan.ipv6, { nodeCIDR: 'fd00:192:168:1::/64', podCIDR: 'fd00:5::/48', serviceCIDR: 'fd00:10::/112' })
  assert.deepEqual(addressesOf(plan, '192.168.1.10'), ['192.168.1.10', 'fd00:192:168:1::a'])
  assert.deepEqual(addressesOf(DEFAULT_RANGES, '192.168.1.10'), ['192.168.1.10'])
  checkUnchanged(plan, { podCIDR: 'fd00:5::/48' }, 'dual')
  for (const [wanted, family, message] of [
    [{ podCIDR: '10.200.0.0/16,fd00:6::/48' }, undefined, /has podCIDR 10\.200\.0\.0\/16,fd00:5::\/48 already/],
    [{}, 'ipv4', /has IPv4 and IPv6/],
  ] as const)
    assert.throws(() => checkUnchanged(plan, wanted, family), message)
  assert.throws(() => newPlan({ podCIDR: '10.200.0.0/16,fd00:6::/48' }, 'ipv4'), /fd00:6::\/48 has no use/)
  for (const [podCIDR, message] of [
    ['fd00:5::/48,10.200.0.0/16', /fd00:5::\/48 is not a range of IPv4 addresses/],
    ['10.200.0.0/16,10.201.0.0/16', /10\.201\.0\.0\/16 is not a range of IPv6 addresses/],
    ['10.200.0.0/16,fd00:5::/65', /fd00:5::\/65 is too small: a \/64 at least/],
    ['10.200.0.0/16,fd00:192:168::/48', /overlap/],
  ] as const)
    assert.throws(() => checkRanges(newPlan({ podCIDR }, 'dual')), message)
})

test('ranges that overlap, are too small or change in a living cluster are refused, with what to do', () => {
  checkUnchanged(spec, { nodeCIDR: spec.nodeCIDR }, 'ipv4')
  assert.throws(() => checkRanges({ ...spec, podCIDR: '10.96.0.0/16' }), /10\.96\.0\.0\/16 and 10\.96\.0\.0\/12 overlap/)
  assert.throws(() => checkRanges({ ...spec, nodeCIDR: '192.168.1.0/28' }), /too small/)
  assert.throws(() => checkUnchanged(spec, { podCIDR: '10.1.0.0/16' }, undefined), /has podCIDR 10\.244\.0\.0\/16 already/)
})
