import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Pod, PodDisruptionBudget } from '../../api/index.ts'
import { budgetStatus } from './plan.ts'

const TIMES = { now: '2026-01-01T00:10:00Z', forgottenBefore: '2026-01-01T00:08:00Z' }

const pod = (name: string, ready = true, metadata: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as Pod
const budget = (spec: object, status: object = {}): PodDisruptionBudget =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', generation: 3 },
    spec,
    status,
  }) as PodDisruptionBudget

const three = [pod('a'), pod('b'), pod('c')]
const two = [pod('a'), pod('b'), pod('c', false)]
const GOING = { deletionTimestamp: '2026-01-01T00:09:59Z' }

const cases: readonly [title: string, spec: object, pods: Pod[], wanted: number | undefined, allowed: number, desired: number][] =
  [
    ['at least two of three', { minAvailable: 2 }, three, 3, 1, 2],
    ['at least two, and one is not ready', { minAvailable: 2 }, two, 3, 0, 2],
    ['at least more than there are', { minAvailable: 5 }, three, 3, 0, 5],
    ['at least half, rounded up', { minAvailable: '50%' }, three, 3, 1, 2],
    ['at most one away', { maxUnavailable: 1 }, three, 3, 1, 2],
    ['at most one away, and one is', { maxUnavailable: 1 }, two, 3, 0, 2],
    ['at most half away, rounded up', { maxUnavailable: '50%' }, three, 3, 2, 1],
    ['at most one away of Pods without a controller', { maxUnavailable: 1 }, three, undefined, 0, 0],
    ['a number of Pods without a controller', { minAvailable: 1 }, three, undefined, 2, 1],
    ['a Pod that is going', { minAvailable: 1 }, [pod('a'), pod('b', true, GOING)], 2, 0, 1],
    ['no Pods', { minAvailable: 0 }, [], 0, 0, 0],
  ]
suite('how many may go [POD-7]', () => {
  for (const [title, spec, pods, wanted, allowed, desired] of cases) {
    test(title, () => {
      const { disruptionsAllowed, desiredHealthy, observedGeneration } = budgetStatus(budget(spec), { pods, wanted, ...TIMES })
      assert.deepEqual([disruptionsAllowed, desiredHealthy, observedGeneration], [allowed, desired, 3])
    })
  }
})

test('an eviction counts from when it is granted, until the Pod is gone or it came to nothing [POD-7]', () => {
  const status = { disruptedPods: { a: '2026-01-01T00:09:00Z', b: '2026-01-01T00:07:00Z', gone: '2026-01-01T00:09:00Z' } }
  const { disruptedPods, disruptionsAllowed } = budgetStatus(budget({ minAvailable: 1 }, status), {
    pods: three,
    wanted: 3,
    ...TIMES,
  })
  assert.deepEqual([disruptedPods, disruptionsAllowed], [{ a: '2026-01-01T00:09:00Z' }, 1])
})

test('a condition keeps its time while it says the same', () => {
  const first = budgetStatus(budget({ minAvailable: 1 }), { pods: three, wanted: 3, ...TIMES })
  const second = budgetStatus(budget({ minAvailable: 1 }, first), {
    pods: three,
    wanted: 3,
    ...TIMES,
    now: '2026-01-01T00:11:00Z',
  })
  assert.deepEqual(second, first)
})
