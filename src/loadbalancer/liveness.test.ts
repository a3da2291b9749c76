import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../testing/index.ts'
import { createLiveness } from './liveness.ts'

function start() {
  const dead = new Set<string>()
  const asked: string[] = []
  let changes = 0
  const stop = new AbortController()
  const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) }
  const ask = async (address: string): Promise<boolean> => {
    asked.push(address)
    return !dead.has(address)
  }
  const liveness = createLiveness({ ask, clock, changed: () => changes++ }, stop.signal)
  return { liveness, dead, asked, changes: () => changes, stop: () => stop.abort() }
}

test('a node that gives no answer three times is silent, until it answers once [NET-5]', async () => {
  const { liveness, dead, changes, stop } = start()
  liveness.watch(new Set(['192.168.1.2']))
  await eventually(() => assert.equal(liveness.isSilent('192.168.1.2'), false))
  dead.add('192.168.1.2')
  await eventually(() => assert.equal(liveness.isSilent('192.168.1.2'), true))
  assert.equal(changes(), 1)
  // It isn't elected any more, so nobody wants it watched; it is asked all the same, or it could never come back.
  liveness.watch(new Set())
  dead.clear()
  await eventually(() => assert.equal(liveness.isSilent('192.168.1.2'), false))
  assert.equal(changes(), 2)
  stop()
})

test('nobody is asked who need not be watched [NET-5]', async () => {
  const { liveness, asked, stop } = start()
  liveness.watch(new Set(['192.168.1.2']))
  await eventually(() => assert.notEqual(asked.length, 0))
  liveness.watch(new Set())
  await eventually(async () => {
    const before = asked.length
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    assert.equal(asked.length, before)
  })
  stop()
})
