import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldErrorText } from '../field.ts'
import type { JobSpec } from '../generated/types.gen.ts'
import type { Draft, KubeObject } from '../object.ts'
import { job } from './job.ts'
import { parseIndexes } from './indexes.ts'

const POD = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'host' }] } as const

/** What is said of a Job with this in its spec. */
function said(spec: Partial<JobSpec>, name = 'work'): string[] {
  const template = { spec: POD, ...spec.template }
  const object = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, uid: 'u' }, spec: { ...spec, template } }
  const written = structuredClone(object) as unknown as Draft<KubeObject>
  job.setDefaults?.(written)
  job.prepareForCreate?.(written)
  return (job.validate?.(written) ?? []).map(fieldErrorText)
}

test('a plain Job is fine, an indexed one says how many [POD-2]', () => {
  assert.deepEqual(said({}), [])
  assert.deepEqual(said({ completionMode: 'Indexed', completions: 3, backoffLimitPerIndex: 1, maxFailedIndexes: 2 }), [])
  assert.deepEqual(said({ completionMode: 'Indexed' }), ['spec.completions: Required value: when completion mode is Indexed'])
  assert.deepEqual(said({ completionMode: 'Some' }), [
    'spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"',
  ])
  assert.deepEqual(said({ backoffLimitPerIndex: 1, maxFailedIndexes: 1 }), [
    'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
    'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
  ])
})

test('an indexed Job stays within its bounds, and its Pods have names that hosts may have [POD-2]', () => {
  const indexed = { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 0 }
  const rule = 'must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index'
  assert.deepEqual(said(indexed), [
    'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
    `spec.parallelism: Invalid value: 10001: ${rule}`,
  ])
  const long = 'a'.repeat(62)
  assert.deepEqual(said({ completionMode: 'Indexed', completions: 5 }, long), [
    `metadata.name: Invalid value: "${long}": will not able to create pod with invalid DNS label: ${long}-4`,
  ])
})

test('Pods of a Job are not restarted for ever, and with a failure policy not at all [POD-2]', () => {
  const restart = (restartPolicy: string): Partial<JobSpec> => ({ template: { spec: { ...POD, restartPolicy } } })
  assert.deepEqual(said(restart('Always')), [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ])
  const podFailurePolicy = { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] }
  assert.deepEqual(said({ ...restart('OnFailure'), podFailurePolicy }), [
    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
  ])
  assert.deepEqual(said({ podFailurePolicy, podReplacementPolicy: 'TerminatingOrFailed' }), [
    'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
  ])
})

test('a rule of a failure policy looks at exit codes or at conditions, and is told what is wrong with it [POD-2]', () => {
  const rule = (given: object): string[] =>
    said({ podFailurePolicy: { rules: [given] } } as Partial<JobSpec>).map((text) =>
      text.replace('spec.podFailurePolicy.rules[0]', '…'),
    )
  assert.deepEqual(rule({ action: 'FailJob', onExitCodes: { operator: 'In', containerName: 'main', values: [1, 2] } }), [])
  assert.deepEqual(rule({ onExitCodes: { operator: 'In', containerName: 'other', values: [2, 1, 1, 0] } }), [
    '….action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
    '….onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template',
    '….onExitCodes.values[2]: Duplicate value: 1',
    '….onExitCodes.values[3]: Invalid value: 0: must not be 0 for the In operator',
    '….onExitCodes.values: Invalid value: [2,1,1,0]: must be ordered',
  ])
  assert.deepEqual(rule({ action: 'FailIndex' }), [
    '….action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
    '…: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
  ])
  assert.deepEqual(rule({ action: 'Count', onPodConditions: [{ type: '-', status: 'Maybe' }] }).slice(1), [
    '….onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"',
  ])
})

test('a success policy names indexes that there are [POD-2]', () => {
  const policy = (rule: object): string[] =>
    said({ completionMode: 'Indexed', completions: 5, successPolicy: { rules: [rule] } }).map((text) =>
      text.replace('spec.successPolicy.rules[0]', '…'),
    )
  assert.deepEqual(policy({ succeededIndexes: '0,2-4', succeededCount: 2 }), [])
  assert.deepEqual(policy({}), ['…: Required value: at least one of succeededCount or succeededIndexes must be specified'])
  assert.deepEqual(policy({ succeededIndexes: '0,5' }), [
    '….succeededIndexes: Invalid value: "0,5": error parsing succeededIndexes: too large index: "5"',
  ])
  assert.deepEqual(policy({ succeededIndexes: '0-1', succeededCount: 3 }), [
    '….succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
  ])
  assert.match(said({ successPolicy: { rules: [] } })[0] ?? '', /^spec\.successPolicy: .*: requires indexed completion mode$/)
})

test('lists of indexes go up, in intervals of two ends [POD-2]', () => {
  assert.deepEqual(parseIndexes('', 3), { total: 0 })
  assert.deepEqual(parseIndexes('1,3-5,7', 10), { total: 5 })
  assert.deepEqual(parseIndexes('3,1', 10), { wrong: 'non-increasing order, previous: 3, current: 1' })
  assert.deepEqual(parseIndexes('3-3', 10), { wrong: 'non-increasing order, previous: 3, current: 3' })
  assert.deepEqual(parseIndexes('a', 10), { wrong: 'cannot convert string to integer for index: "a"' })
  assert.deepEqual(parseIndexes('1-2-3', 10), {
    wrong: `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
  })
})

test('another controller of a Job has the name of a domain and a path [POD-2]', () => {
  assert.deepEqual(said({ managedBy: 'acme.io/runner' }), [])
  assert.deepEqual(said({ managedBy: 'runner' }), [
    'spec.managedBy: Invalid value: "runner": must be a domain-prefixed path (such as "acme.io/foo")',
  ])
})
