import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Pod, PodDisruptionBudget } from '../../api/index.ts'
import { budgetStatus, notDeleted } from './plan.ts'
import { staleIn } from './stale.ts'

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
const NOBODY = { unknown: 'found no controllers for pod "a"' }
const GOING = { deletionTimestamp: '2026-01-01T00:09:59Z' }

const cases: readonly [
  title: string,
  spec: object,
  pods: Pod[],
  wanted: number | { unknown: string },
  allowed: number,
  desired: number,
][] = [
  ['at least two of three', { minAvailable: 2 }, three, 3, 1, 2],
  ['at least two, and one is not ready', { minAvailable: 2 }, two, 3, 0, 2],
  ['at least more than there are', { minAvailable: 5 }, three, 3, 0, 5],
  ['at least half, rounded up', { minAvailable: '50%' }, three, 3, 1, 2],
  ['at most one away', { maxUnavailable: 1 }, three, 3, 1, 2],
  ['at most one away, and one is', { maxUnavailable: 1 }, two, 3, 0, 2],
  ['at most half away, rounded up', { maxUnavailable: '50%' }, three, 3, 2, 1],
  ['at most one away of Pods whose controllers can not be found', { maxUnavailable: 1 }, three, NOBODY, 0, 0],
  ['a number of such Pods', { minAvailable: 1 }, three, NOBODY, 2, 1],
  ['a Pod that is going', { minAvailable: 1 }, [pod('a'), pod('b', true, GOING)], 2, 0, 1],
  ['no Pods', { minAvailable: 0 }, [], 0, 0, 0],
]
suite('how many may go [POD-7]', () => {
  for (const [title, spec, pods, wanted, allowed, desired] of cases) {
    test(title, () => {
      const { disruptionsAllowed, desiredHealthy } = budgetStatus(budget(spec), { pods, wanted, ...TIMES })
      assert.deepEqual([disruptionsAllowed, desiredHealthy], [allowed, desired])
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

test('where it can not be known how many there should be, none may go, and the budget says why [POD-7]', () => {
  const before = { observedGeneration: 2, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3 }
  const status = budgetStatus(budget({ maxUnavailable: 1 }, before), { pods: three, wanted: NOBODY, ...TIMES })
  const lastTransitionTime = TIMES.now
  const said = { type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: NOBODY.unknown, lastTransitionTime }
  assert.deepEqual(status, { ...before, disruptionsAllowed: 0, conditions: [{ ...said, observedGeneration: 2 }] })
})

test('a Pod whose eviction nobody saw through is told of [POD-7]', () => {
  const status = { disruptedPods: { a: '2026-01-01T00:09:00Z', b: '2026-01-01T00:07:00Z' } }
  const found = notDeleted(budget({}, status), { pods: three, wanted: 3, ...TIMES })
  assert.deepEqual(
    found.map(({ metadata }) => metadata.name),
    ['b'],
  )
})

test('a Pod that somebody meant to disturb and did not is told so after a while [POD-7]', () => {
  const marked = (since: string, more: object = {}): Pod => ({
    ...pod('a'),
    status: { phase: 'Running', conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: since, ...more }] },
  })
  const now = Date.parse(TIMES.now)
  assert.equal(staleIn(marked('2026-01-01T00:09:00Z'), now), 60_000)
  assert.equal(staleIn(marked('2026-01-01T00:07:00Z'), now), -60_000)
  assert.equal(staleIn(marked('2026-01-01T00:07:00Z', { reason: 'TerminationByKubelet' }), now), undefined)
  assert.equal(staleIn(pod('a'), now), undefined)
})
