import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conflictOf } from './reach.ts'
import { checkRanges, DEFAULT_RANGES } from '../spec.ts'

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

test('ranges that overlap, are too small or change in a living cluster are refused, with what to do', () => {
  checkRanges(spec, { nodeCIDR: spec.nodeCIDR })
  assert.throws(() => checkRanges({ ...spec, podCIDR: '10.96.0.0/16' }), /10\.96\.0\.0\/16 and 10\.96\.0\.0\/12 overlap/)
  assert.throws(() => checkRanges({ ...spec, nodeCIDR: '192.168.1.0/28' }), /too small/)
  assert.throws(() => checkRanges(spec, { podCIDR: '10.1.0.0/16' }), /has podCIDR 10\.244\.0\.0\/16 already/)
})
