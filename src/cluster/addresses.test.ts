import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressesOf, checkRanges, checkUnchanged, DEFAULT_RANGES, ipv6Beside, newPlan } from './addresses.ts'

test('ranges that overlap, are too small or change in a living cluster are refused, with what to do', () => {
  const plan = DEFAULT_RANGES
  checkUnchanged(plan, { nodeCIDR: plan.nodeCIDR }, 'ipv4')
  assert.throws(() => checkRanges({ ...plan, podCIDR: '10.96.0.0/16' }), /10\.96\.0\.0\/16 and 10\.96\.0\.0\/12 overlap/)
  assert.throws(() => checkRanges({ ...plan, nodeCIDR: '192.168.1.0/28' }), /too small/)
  assert.throws(() => checkUnchanged(plan, { podCIDR: '10.1.0.0/16' }, undefined), /has podCIDR 10\.244\.0\.0\/16 already/)
})

test('ranges of IPv6 have the figures of those beside them, and are apart where those are neighbours [SVC-9]', () => {
  const usual = { nodeCIDR: 'fd00:192:168:1::/64', podCIDR: 'fd00:10:244::/56', serviceCIDR: 'fd00:10:96::/112' }
  assert.deepEqual(ipv6Beside(DEFAULT_RANGES), usual)
  const near = { nodeCIDR: '10.0.2.0/24', podCIDR: '10.0.0.0/24', serviceCIDR: '10.0.255.0/24' }
  checkRanges(newPlan(near, 'dual'))
  assert.equal(ipv6Beside(near).podCIDR, 'fd00:10:0:ff00::/56')
})

test('everybody in the network of the nodes has the same number in both families [SVC-9] [POD-1]', () => {
  assert.deepEqual(addressesOf(newPlan({}, 'dual'), '192.168.1.10'), ['192.168.1.10', 'fd00:192:168:1::a'])
  assert.deepEqual(addressesOf(DEFAULT_RANGES, '192.168.1.10'), ['192.168.1.10'])
})

test('a cluster of both families has a range of each, as kubeadm writes them [SVC-9]', () => {
  assert.deepEqual(newPlan({ podCIDR: '10.200.0.0/16' }, 'ipv4'), { ...DEFAULT_RANGES, podCIDR: '10.200.0.0/16' })
  const plan = newPlan({ podCIDR: '10.200.0.0/16,fd00:5::/48', serviceCIDR: '10.0.0.0/16' }, 'dual')
  checkRanges(plan)
  assert.deepEqual(plan.ipv6, { nodeCIDR: 'fd00:192:168:1::/64', podCIDR: 'fd00:5::/48', serviceCIDR: 'fd00:10::/112' })
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
