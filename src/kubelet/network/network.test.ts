import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '../../api/index.ts'
import { createAddresses } from './addresses.ts'
import { planRoutes, routeCommands } from './plan.ts'

const node = (name: string, address: string | undefined, podCIDR: string | undefined): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR },
  status: { addresses: address === undefined ? [] : [{ type: 'InternalIP', address }] },
})

test('there is a route to the Pods of every other node that has any [NET-1]', () => {
  const nodes = [
    node('n1', '192.168.1.2', '10.244.1.0/24'),
    node('n2', '192.168.1.3', '10.244.2.0/24'),
    node('no-range', '192.168.1.4', undefined),
    node('no-address', undefined, '10.244.4.0/24'),
  ]
  assert.deepEqual(planRoutes(nodes, 'n1'), [{ destination: '10.244.2.0/24', via: '192.168.1.3' }])
})

test('of two families each has its own way [NET-1] [SVC-9]', () => {
  const dual = (name: string, addresses: readonly string[], podCIDRs: string[]): Node => ({
    ...node(name, undefined, undefined),
    spec: { podCIDR: podCIDRs[0], podCIDRs },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  })
  const nodes = [
    dual('both', ['192.168.1.3', 'fd00:192:168:1::3'], ['10.244.1.0/24', 'fd00:10:244:1::/64']),
    dual('no-IPv6', ['192.168.1.4'], ['10.244.2.0/24', 'fd00:10:244:2::/64']),
  ]
  assert.deepEqual(planRoutes(nodes, 'n1'), [
    { destination: '10.244.1.0/24', via: '192.168.1.3' },
    { destination: 'fd00:10:244:1::/64', via: 'fd00:192:168:1::3' },
    { destination: '10.244.2.0/24', via: '192.168.1.4' },
  ])
})

test('only what differs is changed, and a route that moved is replaced in place [NET-1]', () => {
  const before = [
    { destination: '10.244.2.0/24', via: '192.168.1.3' },
    { destination: '10.244.3.0/24', via: '192.168.1.4' },
    { destination: '10.244.4.0/24', via: '192.168.1.5' },
  ]
  const after = [
    { destination: '10.244.2.0/24', via: '192.168.1.3' },
    { destination: '10.244.3.0/24', via: '192.168.1.9' },
  ]
  assert.deepEqual(routeCommands(before, after), [
    'route del 10.244.4.0/24 via 192.168.1.5 proto 80',
    'route replace 10.244.3.0/24 via 192.168.1.9 proto 80',
  ])
  assert.deepEqual(routeCommands(after, after), [])
})

test('an address is one Pod’s until it is freed, and is then the last to be given again [POD-1]', () => {
  const addresses = createAddresses(['10.244.1.0/29'])
  assert.equal(addresses.gateway, '10.244.1.1')
  addresses.keep(['10.244.1.3'])
  assert.deepEqual([addresses.take(), addresses.take()], [['10.244.1.2'], ['10.244.1.4']])
  addresses.free(['10.244.1.2'])
  addresses.free(['192.168.1.2'])
  assert.deepEqual([addresses.take(), addresses.take(), addresses.take()].flat(), ['10.244.1.5', '10.244.1.6', '10.244.1.2'])
  assert.throws(() => addresses.take(), { code: 'AddressesExhausted' })
})

test('a Pod’s addresses have the same number in every range, and come and go together [POD-1] [SVC-9]', () => {
  const addresses = createAddresses(['10.244.1.0/28', 'fd00:10:244:1::/64'])
  addresses.keep(['10.244.1.2', 'fd00:10:244:1::2'])
  const taken = Array.from({ length: 12 }, () => addresses.take())
  assert.deepEqual(taken[0], ['10.244.1.3', 'fd00:10:244:1::3'])
  assert.deepEqual(taken.at(-1), ['10.244.1.14', 'fd00:10:244:1::e'])
  addresses.free(['10.244.1.14', 'fd00:10:244:1::e'])
  assert.deepEqual(addresses.take(), taken.at(-1))
})
