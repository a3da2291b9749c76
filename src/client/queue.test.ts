import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, silent } from '../lib/index.ts'
import { eventually } from '../testing/index.ts'
import { createQueue } from './queue.ts'

/** Time that stands still until it is moved. */
function heldClock() {
  let now = 0
  const sleepers: { at: number; wake: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    sleep: (milliseconds) => new Promise((wake) => sleepers.push({ at: now + milliseconds, wake })),
  }
  return {
    clock,
    pass(milliseconds: number) {
      now += milliseconds
      for (const sleeper of sleepers.splice(0))
        if (sleeper.at <= now) sleeper.wake()
        else sleepers.push(sleeper)
    },
  }
}

test('a key that is added often is done once, and once more if it is added while it is done', async () => {
  const done: string[] = []
  let release = (): void => {}
  const process = async (key: string): Promise<void> => {
    done.push(key)
    await new Promise<void>((resolve) => (release = resolve))
  }
  const queue = createQueue({ process, workers: 4, clock: heldClock().clock, log: silent }, new AbortController().signal)
  queue.add('a')
  queue.add('a')
  await eventually(() => assert.deepEqual(done, ['a']))
  queue.add('a')
  queue.add('a')
  assert.deepEqual(done, ['a'])
  release()
  await eventually(() => assert.deepEqual(done, ['a', 'a']))
})

test('what fails is tried again after a wait that grows, and what succeeds starts anew', async () => {
  const time = heldClock()
  let tries = 0
  const process = async (): Promise<void> => {
    if (++tries < 3) throw new Error('not yet')
  }
  const queue = createQueue({ process, workers: 1, clock: time.clock, log: silent }, new AbortController().signal)
  queue.add('a')
  await eventually(() => assert.equal(tries, 1))
  time.pass(4)
  assert.equal(tries, 1)
  time.pass(1)
  await eventually(() => assert.equal(tries, 2))
  time.pass(10)
  await eventually(() => assert.equal(tries, 3))
  time.pass(100_000)
  assert.equal(tries, 3)
})

test('a key is put off once, to the sooner of the times', async () => {
  const time = heldClock()
  let times = 0
  const queue = createQueue(
    { process: async () => void times++, workers: 1, clock: time.clock, log: silent },
    new AbortController().signal,
  )
  queue.addAfter('a', 100)
  queue.addAfter('a', 50)
  queue.addAfter('a', 200)
  time.pass(50)
  await eventually(() => assert.equal(times, 1))
  time.pass(1_000)
  assert.equal(times, 1)
})

test('no more keys at once than there are workers, and nothing after the end', async () => {
  const stop = new AbortController()
  let running = 0
  let most = 0
  const process = async (): Promise<void> => {
    most = Math.max(most, ++running)
    await new Promise(setImmediate)
    running--
  }
  const queue = createQueue({ process, workers: 3, clock: heldClock().clock, log: silent }, stop.signal)
  for (let i = 0; i < 20; i++) queue.add(String(i))
  await eventually(() => assert.equal(most, 3))
  stop.abort()
  await eventually(() => assert.equal(running, 0))
  queue.add('late')
  await new Promise(setImmediate)
  assert.equal(running, 0)
})
