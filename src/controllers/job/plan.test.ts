import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Job, JobStatus, Pod } from '../../api/index.ts'
import { expiresIn, finished } from './conditions.ts'
import { Failures } from './failures.ts'
import { readIndexes, writeIndexes } from './indexes.ts'
import { plan, type Plan } from './plan.ts'
import { podFor, TRACKING } from './pod.ts'

const NOW = Date.parse('2026-01-01T00:10:00Z')

const job = (spec: Partial<NonNullable<Job['spec']>> = {}, status?: JobStatus): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'pi', namespace: 'default', uid: 'u-pi' },
  spec: {
    completions: 3,
    parallelism: 2,
    backoffLimit: 6,
    template: { spec: { containers: [{ name: 'c', image: 'host' }], restartPolicy: 'Never' } },
    ...spec,
  },
  ...(status ? { status } : {}),
})

interface Facts {
  readonly index?: number
  readonly tracked?: boolean
  readonly deleted?: boolean
  readonly exitCode?: number
  readonly ended?: string
}

function pod(uid: string, phase: string, { index, tracked = true, deleted, exitCode = 1, ended }: Facts = {}): Pod {
  const made = podFor(job(), index)
  const terminated = { exitCode, finishedAt: ended ?? '2026-01-01T00:00:00Z' }
  return {
    ...made,
    metadata: {
      ...made.metadata,
      name: uid,
      uid,
      creationTimestamp: '2026-01-01T00:00:00Z',
      finalizers: tracked ? [TRACKING] : [],
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:09:00Z', deletionGracePeriodSeconds: 30 } : {}),
    },
    spec: { containers: [], nodeName: 'node1' },
    status: {
      phase,
      containerStatuses:
        phase === 'Failed' ? [{ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } }] : [],
    },
  }
}

const decide = (of: Job, ...pods: Pod[]): Plan => plan({ job: of, pods, now: NOW })
const conditionsOf = ({ status }: Plan): string[] =>
  (status.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`)

const TABLE: readonly [title: string, of: Job, pods: Pod[], created: number, withdrawn: number][] = [
  ['as many as may run at once', job(), [], 2, 0],
  ['no more than are still to succeed', job(), [pod('a', 'Succeeded'), pod('b', 'Succeeded')], 1, 0],
  ['one that runs counts', job(), [pod('a', 'Running')], 1, 0],
  ['one that is on its way out is replaced', job(), [pod('a', 'Running'), pod('b', 'Running', { deleted: true })], 1, 0],
  [
    'only when it has failed, where the Job says so',
    job({ podReplacementPolicy: 'Failed' }),
    [pod('a', 'Running'), pod('b', 'Running', { deleted: true })],
    0,
    0,
  ],
  ['fewer at once', job({ parallelism: 1 }), [pod('a', 'Running'), pod('b', 'Running')], 0, 1],
  ['suspended', job({ suspend: true }), [pod('a', 'Running')], 0, 1],
  ['without completions, until the first success', job({ completions: undefined }), [pod('a', 'Running')], 1, 0],
  ['and none after it', job({ completions: undefined }), [pod('a', 'Succeeded'), pod('b', 'Running')], 0, 0],
]

for (const [title, of, pods, created, withdrawn] of TABLE) {
  test(`Job: ${title} [POD-2]`, () => {
    const { create, withdraw } = decide(of, ...pods)
    assert.deepEqual([create.length, withdraw.length], [created, withdrawn])
  })
}

test('a Pod is counted once: named in the status, let go, then a number [POD-2]', () => {
  const first = decide(job(), pod('a', 'Succeeded'), pod('b', 'Failed'))
  assert.deepEqual(first.status.uncountedTerminatedPods, { succeeded: ['a'], failed: ['b'] })
  assert.deepEqual([first.status.succeeded, first.status.failed], [undefined, undefined])
  assert.deepEqual(
    first.release.map(({ metadata }) => metadata.uid),
    ['a', 'b'],
  )
  const again = decide(job({}, first.status), pod('a', 'Succeeded'), pod('b', 'Failed'))
  assert.deepEqual(again.status.uncountedTerminatedPods, first.status.uncountedTerminatedPods)
  const after = decide(job({}, first.status), pod('a', 'Succeeded', { tracked: false }))
  assert.deepEqual([after.status.succeeded, after.status.failed, after.status.uncountedTerminatedPods], [1, 1, {}])
  const later = decide(job({}, after.status), pod('a', 'Succeeded', { tracked: false }))
  assert.deepEqual([later.status.succeeded, later.status.failed], [1, 1])
})

test('enough successes are told at once, the end when nothing runs any more [POD-2]', () => {
  const met = decide(job({ completions: 1 }), pod('a', 'Succeeded'), pod('b', 'Running'))
  assert.deepEqual(conditionsOf(met), ['SuccessCriteriaMet=True CompletionsReached'])
  assert.deepEqual(
    met.withdraw.map(({ metadata }) => metadata.uid),
    ['b'],
    'what runs still is stopped and does not count',
  )
  const done = decide(job({ completions: 1 }, met.status))
  assert.deepEqual(conditionsOf(done), ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached'])
  assert.deepEqual([done.status.succeeded, done.status.completionTime], [1, '2026-01-01T00:10:00Z'])
})

test('too many failures end a Job [POD-2]', () => {
  const failing = decide(job({ backoffLimit: 1 }, { failed: 1 }), pod('a', 'Failed'), pod('b', 'Running'))
  assert.deepEqual(conditionsOf(failing), ['FailureTarget=True BackoffLimitExceeded'])
  assert.deepEqual([failing.create.length, failing.delete.length], [0, 1])
  const failed = decide(job({ backoffLimit: 1 }, failing.status))
  assert.deepEqual(conditionsOf(failed)[1], 'Failed=True BackoffLimitExceeded')
  assert.equal(failed.status.completionTime, undefined)
})

test('a deadline ends a Job, and is waited for [POD-2]', () => {
  const started = (time: string): Job => job({ activeDeadlineSeconds: 60 }, { startTime: time })
  assert.deepEqual(conditionsOf(decide(started('2026-01-01T00:08:00Z'), pod('a', 'Running'))), [
    'FailureTarget=True DeadlineExceeded',
  ])
  assert.equal(decide(started('2026-01-01T00:09:30Z')).again, 30_000)
})

test('after a failure the next try waits, longer with every failure since the last success [POD-2]', () => {
  const failed = (uid: string, ended: string): Pod => pod(uid, 'Failed', { ended })
  const once = decide(job(), failed('a', '2026-01-01T00:09:58Z'))
  assert.deepEqual([once.create.length, once.again], [0, 8_000])
  const thrice = [failed('a', '2026-01-01T00:09:00Z'), failed('b', '2026-01-01T00:09:20Z'), failed('c', '2026-01-01T00:09:50Z')]
  assert.equal(decide(job(), ...thrice).again, 30_000)
  assert.equal(decide(job(), failed('a', '2026-01-01T00:09:00Z')).create.length, 2)
})

test('an Indexed Job has one Pod for each index that has not succeeded, and the Pod knows its index [POD-2]', () => {
  const indexed = job({ completionMode: 'Indexed', completions: 4, parallelism: 3 }, { completedIndexes: '0' })
  const { create, status } = decide(indexed, pod('a', 'Succeeded', { index: 1 }), pod('b', 'Running', { index: 2 }))
  assert.deepEqual([status.completedIndexes, status.succeeded], ['0,1', 2])
  assert.deepEqual(
    create.map(({ spec }) => spec?.hostname),
    ['pi-3'],
  )
  assert.equal(create[0]?.metadata.annotations?.['batch.kubernetes.io/job-completion-index'], '3')
  assert.deepEqual(create[0]?.spec?.containers[0]?.env, [
    {
      name: 'JOB_COMPLETION_INDEX',
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
    },
  ])
})

test('a failure policy may end the Job or look away [POD-2]', () => {
  const rule = (action: string) => ({ rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] })
  const ended = decide(job({ podFailurePolicy: rule('FailJob') }), pod('a', 'Failed', { exitCode: 42 }))
  assert.deepEqual(conditionsOf(ended), ['FailureTarget=True PodFailurePolicy'])
  assert.equal(
    ended.status.conditions?.[0]?.message,
    'Container c for pod default/a failed with exit code 42 matching FailJob rule at index 0',
  )
  const ignored = decide(job({ podFailurePolicy: rule('Ignore') }), pod('a', 'Failed', { exitCode: 42 }))
  assert.deepEqual([ignored.status.uncountedTerminatedPods, ignored.release.length], [{}, 1])
})

test('a Job that is taken up again starts anew [POD-2]', () => {
  const suspended = decide(job({ suspend: true }))
  assert.deepEqual([conditionsOf(suspended), suspended.status.startTime], [['Suspended=True JobSuspended'], undefined])
  const resumed = decide(job({}, { ...suspended.status, startTime: '2026-01-01T00:00:00Z' }))
  assert.deepEqual([conditionsOf(resumed), resumed.status.startTime], [['Suspended=False JobResumed'], '2026-01-01T00:10:00Z'])
})

test('a Job that has ended goes after its time to live [POD-2]', () => {
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:09:50Z' }]
  const done = job({ ttlSecondsAfterFinished: 30 }, { conditions })
  assert.deepEqual(
    [finished(done)?.type, expiresIn(done, NOW), expiresIn(job({}, { conditions }), NOW)],
    ['Complete', 20_000, undefined],
  )
})

test('indexes are read as they are written [POD-2]', () => {
  assert.equal(writeIndexes(new Set([4, 0, 2, 3])), '0,2-4')
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (all) =>
      assert.deepEqual(
        [...readIndexes(writeIndexes(new Set(all)))],
        all.toSorted((a, b) => a - b),
      ),
    ),
  )
})

const indexed = (spec: Partial<NonNullable<Job['spec']>> = {}, status?: JobStatus): Job =>
  job({ completionMode: 'Indexed', parallelism: 3, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1, ...spec }, status)
const again = (failed: Pod, count: number): Pod => ({
  ...failed,
  metadata: {
    ...failed.metadata,
    annotations: { ...failed.metadata.annotations, 'batch.kubernetes.io/job-index-failure-count': String(count) },
  },
})
const released = ({ release }: Plan): (string | undefined)[] => release.map(({ metadata }) => metadata.name)
const countsOf = ({ create }: Plan): (string | undefined)[] =>
  create.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'])

test('each index has its own limit, and its Pods hand on how often it failed [POD-2]', () => {
  assert.deepEqual(countsOf(decide(indexed())), ['0', '0', '0'])
  const once = decide(indexed(), pod('a', 'Failed', { index: 0 }), pod('b', 'Running', { index: 1 }))
  assert.deepEqual(countsOf(once), ['1', '0'])
  assert.deepEqual(released(once), [], 'the count would go with the Pod')
  assert.equal(once.status.failedIndexes, '')
  const taken = decide(indexed(), pod('a', 'Failed', { index: 0 }), again(pod('c', 'Running', { index: 0 }), 1))
  assert.deepEqual(released(taken), ['a'])
  const waiting = decide(indexed({ completions: 1 }), pod('a', 'Failed', { index: 0, ended: '2026-01-01T00:09:55Z' }))
  assert.deepEqual([waiting.create.length, waiting.again], [0, 5000])
})

test('an index that fails once too often is given up, and the others go on [POD-2]', () => {
  const failed = again(pod('a', 'Failed', { index: 0 }), 1)
  const gone = decide(indexed(), failed, pod('b', 'Running', { index: 1 }), pod('c', 'Running', { index: 2 }))
  assert.deepEqual([gone.create.length, gone.status.failedIndexes], [0, '0'])
  assert.deepEqual([released(gone), conditionsOf(gone)], [['a'], []])
  const last = decide(indexed({}, { completedIndexes: '1,2' }), failed)
  assert.deepEqual(conditionsOf(last), ['FailureTarget=True FailedIndexes'])
  const most = decide(indexed({ maxFailedIndexes: 0 }), failed, pod('b', 'Running', { index: 1 }))
  assert.deepEqual(conditionsOf(most), ['FailureTarget=True MaxFailedIndexesExceeded'])
  assert.deepEqual(most.delete.length, 1)
  const over = decide(indexed({}, { ...last.status, uncountedTerminatedPods: {} }), {
    ...failed,
    metadata: { ...failed.metadata, finalizers: [] },
  })
  assert.deepEqual(conditionsOf(over), ['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes'])
})

test('the failure policy gives an index up at once, or has its failure not count [POD-2]', () => {
  const rules = [
    { action: 'FailIndex', onExitCodes: { operator: 'In', values: [42] } },
    { action: 'Ignore', onExitCodes: { operator: 'In', values: [9] } },
  ]
  const of = indexed({ podFailurePolicy: { rules } })
  assert.equal(decide(of, pod('a', 'Failed', { index: 0, exitCode: 42 })).status.failedIndexes, '0')
  const ignored = decide(indexed({ podFailurePolicy: { rules }, completions: 1 }), pod('a', 'Failed', { index: 0, exitCode: 9 }))
  assert.deepEqual([ignored.status.failedIndexes, countsOf(ignored)], ['', ['0']])
  assert.equal(ignored.create[0]?.metadata.annotations?.['batch.kubernetes.io/job-index-ignored-failure-count'], '1')
})

test('a success policy ends a Job with fewer than all indexes [POD-2]', () => {
  const by = (...rules: readonly object[]): Job => job({ completionMode: 'Indexed', successPolicy: { rules } })
  const leader = pod('a', 'Succeeded', { index: 0 })
  const done = decide(by({ succeededIndexes: '1-2' }, { succeededIndexes: '0' }), leader, pod('b', 'Running', { index: 1 }))
  assert.deepEqual(conditionsOf(done), ['SuccessCriteriaMet=True SuccessPolicy'])
  assert.equal(done.status.conditions?.[0]?.message, 'Matched rules at index 1')
  assert.equal(done.withdraw.length, 1)
  assert.deepEqual(conditionsOf(decide(by({ succeededIndexes: '0-2', succeededCount: 2 }), leader)), [])
  assert.deepEqual(conditionsOf(decide(by({ succeededCount: 1 }), leader)), ['SuccessCriteriaMet=True SuccessPolicy'])
})

test('a Pod that is deleted counts as failed at once, unless its replacement waits for that [POD-2]', () => {
  const going = pod('a', 'Running', { deleted: true })
  assert.deepEqual(decide(job(), going).status.uncountedTerminatedPods, { failed: ['a'] })
  assert.deepEqual(decide(job({ podReplacementPolicy: 'Failed' }), going).status.uncountedTerminatedPods, {})
})

test('a Job that fails counts all that run still as failed, and waits until they are gone [POD-2]', () => {
  const failing = decide(job({ backoffLimit: 0, podReplacementPolicy: 'Failed' }), pod('a', 'Failed'), pod('b', 'Running'))
  assert.deepEqual(failing.status.uncountedTerminatedPods, { failed: ['a', 'b'] })
  assert.deepEqual(conditionsOf(failing), ['FailureTarget=True BackoffLimitExceeded'])
  const waiting = decide(job({ backoffLimit: 0 }, failing.status), pod('b', 'Running', { tracked: false, deleted: true }))
  assert.deepEqual([waiting.status.failed, conditionsOf(waiting).length], [2, 1])
})

test('an Indexed Job has one Pod for each of its completions, also when there are fewer than before [POD-2]', () => {
  const of = job({ completionMode: 'Indexed', completions: 2, parallelism: 2 }, { completedIndexes: '0,4', succeeded: 2 })
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }
  const good = pod('a', 'Running', { index: 1 })
  const twin = pod('b', 'Running', { index: 1 })
  const pods = [twin, { ...good, status: { ...good.status, conditions: [ready] } }, pod('c', 'Running', { index: 3 })]
  const { withdraw, status } = decide(of, ...pods)
  assert.deepEqual(withdraw.map(({ metadata }) => metadata.uid ?? '').toSorted(), ['b', 'c'])
  assert.deepEqual([status.completedIndexes, status.succeeded], ['0', 1])
})

test('what follows a Pod that was deleted waits for it too, though it is gone, until one succeeds [POD-2]', () => {
  const failures = new Failures()
  const deleted = pod('a', 'Running', { deleted: true })
  assert.deepEqual(failures.note(job(), [deleted]), [])
  const gone = failures.note(job(), [])
  const at = NOW - 60_000 - 30_000
  assert.deepEqual(gone, [{ failed: true, at }])
  const { create, again } = plan({ job: job(), pods: [], gone, now: at + 4_000 })
  assert.deepEqual([create.length, again], [0, 6_000])
  assert.equal(plan({ job: job(), pods: [], gone, now: at + 10_000 }).create.length, 2)
  const { metadata, ...later } = pod('b', 'Succeeded')
  const success = { ...later, metadata: { ...metadata, creationTimestamp: '2026-01-01T00:10:00Z' } }
  assert.deepEqual(failures.note(job(), [success]), [])
  const nobody = pod('c', 'Running', { deleted: true, tracked: false })
  assert.equal(plan({ job: job(), pods: [nobody], now: at }).create.length, 2, 'a Pod that nobody needed has not failed')
})
