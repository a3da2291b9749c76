import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldErrorText } from '../field.ts'
import type { Job, JobSpec, JobStatus } from '../generated/types.gen.ts'
import { validateJobStatus } from './job-status-validation.ts'

const INDEXED = { completionMode: 'Indexed', completions: 5, backoffLimitPerIndex: 1 } as Partial<JobSpec>
const [EARLY, LATE] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z']
const conditions = (...types: readonly string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) })
const COMPLETE = { ...conditions('SuccessCriteriaMet', 'Complete'), startTime: EARLY, completionTime: LATE, succeeded: 1 }

/** What is said when a Job's status becomes this one. */
function said(now: JobStatus, was: JobStatus = {}, spec: Partial<JobSpec> = {}): string[] {
  const job = (status: JobStatus): Job => ({ metadata: { name: 'work' }, spec: { template: {}, ...spec }, status }) as Job
  return validateJobStatus(job(now), job(was)).map((error) => fieldErrorText(error).replace('status.', ''))
}

test('a Job completes, fails, or goes on [POD-2]', () => {
  const running = { startTime: EARLY, active: 2, ready: 1, terminating: 1, uncountedTerminatedPods: { failed: ['a'] } }
  assert.deepEqual(said(running), [])
  assert.deepEqual(said({ startTime: EARLY, ...conditions('SuccessCriteriaMet') }, running), [])
  assert.deepEqual(said(COMPLETE, running), [])
  assert.deepEqual(said({ startTime: EARLY, failed: 1, ...conditions('FailureTarget', 'Failed') }, running), [])
})

test('a Job that is over has nothing going on, and says when it ended [POD-2]', () => {
  assert.deepEqual(said({ ...conditions('SuccessCriteriaMet', 'Complete'), active: 1, terminating: 1 }), [
    'completionTime: Required value: completionTime is required for Complete jobs',
    'active: Invalid value: 1: active>0 is invalid for finished job',
    'startTime: Required value: startTime is required for finished job',
    'terminating: Invalid value: 1: terminating>0 is invalid for finished job',
  ])
  assert.deepEqual(said({ startTime: LATE, completionTime: EARLY }), [
    `completionTime: Invalid value: "${EARLY}": cannot set completionTime when there is no Complete=True condition`,
    `completionTime: Invalid value: "${EARLY}": completionTime cannot be set before startTime`,
  ])
  assert.deepEqual(said({ ...COMPLETE, uncountedTerminatedPods: { succeeded: ['a', 'a', ''] } }), [
    'uncountedTerminatedPods.succeeded[1]: Duplicate value: "a"',
    'uncountedTerminatedPods.succeeded[2]: Invalid value: "": must not be empty',
    'uncountedTerminatedPods: Invalid value: {"succeeded":["a","a",""]}: uncountedTerminatedPods needs to be empty for finished job',
  ])
})

test('conditions that contradict each other, and some that lack another [POD-2]', () => {
  const all = conditions('Complete', 'Failed', 'FailureTarget')
  assert.deepEqual(said({ ...all, startTime: EARLY, completionTime: LATE }), [
    'conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
    'conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
    'conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ])
  assert.deepEqual(said({ ...conditions('Failed'), startTime: EARLY }), [
    'conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ])
})

test('what has been said is not taken back [POD-2]', () => {
  assert.deepEqual(said({ startTime: EARLY }, COMPLETE), [
    'conditions: Invalid value: cannot disable the terminal Complete=True condition',
    'conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    'succeeded: Invalid value: 0: cannot decrease the succeeded counter',
  ])
  assert.deepEqual(said({}, { startTime: EARLY, failed: 2 }), [
    'startTime: Required value: startTime cannot be removed for unsuspended job',
    'failed: Invalid value: 0: cannot decrease the failed counter',
  ])
  assert.deepEqual(said({}, { startTime: EARLY }, { suspend: true }), [])
  assert.deepEqual(said({ ...COMPLETE, completionTime: EARLY }, COMPLETE), [
    `completionTime: Invalid value: "${EARLY}": completionTime cannot be mutated`,
  ])
})

test('indexes are those of the Job, each either completed or failed [POD-2]', () => {
  assert.deepEqual(said({ completedIndexes: '0,2-3', failedIndexes: '1,4' }, {}, INDEXED), [])
  assert.deepEqual(said({ completedIndexes: '5', failedIndexes: '2,1' }, {}, INDEXED), [
    'completedIndexes: Invalid value: "5": error parsing completedIndexes: too large index: "5"',
    'failedIndexes: Invalid value: "2,1": error parsing failedIndexes: non-increasing order, previous: 2, current: 1',
  ])
  assert.deepEqual(said({ completedIndexes: '0,2-3', failedIndexes: '1,3' }, {}, INDEXED), [
    'failedIndexes: Invalid value: "1,3": failedIndexes and completedIndexes overlap at index: 3',
  ])
  assert.deepEqual(said({ completedIndexes: '1', failedIndexes: '' }), [
    'completedIndexes: Invalid value: "1": cannot set non-empty completedIndexes when non-indexed completion mode',
    'failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  ])
})

test('what was wrong before may stay until it is touched [POD-2]', () => {
  const wrong = { ...conditions('Failed'), active: 1, ready: 2, completedIndexes: '9' }
  assert.deepEqual(said(wrong, wrong), [])
  assert.deepEqual(said({ ...wrong, active: 0 }, wrong), ['ready: Invalid value: 2: cannot set more ready pods than active'])
})
