import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, type KubeObject, type Namespace, pods } from '../../api/index.ts'
import { deletionConditions, type Progress } from './conditions.ts'

const LATER = '2026-01-01T00:01:00Z'
const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } }
const object = (...finalizers: string[]): KubeObject => ({ apiVersion: 'v1', kind: 'Any', metadata: { name: 'any', finalizers } })

const told = (progress: Progress): Record<string, string> =>
  Object.fromEntries(
    deletionConditions(namespace, progress, LATER).map(({ type, status, message = '' }) => [type, `${status} ${message}`]),
  )

test('a namespace says what it waits for, in upstream words [POD-7]', () => {
  const remaining = [
    { resource: pods, objects: [object(), object('example.com/keep')] },
    { resource: configMaps, objects: [object('example.com/keep')] },
  ]
  const conditions = told({ remaining, failures: [] })
  assert.equal(
    conditions['NamespaceContentRemaining'],
    'True Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances',
  )
  assert.equal(
    conditions['NamespaceFinalizersRemaining'],
    'True Some content in the namespace has finalizers remaining: example.com/keep in 2 resource instances',
  )
  assert.match(conditions['NamespaceDeletionContentFailure'] ?? '', /^False All content successfully deleted/)
  const failed = told({ remaining: [], failures: ['no'] })
  assert.equal(failed['NamespaceDeletionContentFailure'], 'True Failed to delete all resource types, 1 remaining: no')
})

test('a condition that says the same keeps its time [POD-7]', () => {
  const conditions = deletionConditions(namespace, { remaining: [], failures: [] }, '2026-01-01T00:00:00Z')
  const again = deletionConditions({ ...namespace, status: { conditions } }, { remaining: [], failures: ['no'] }, LATER)
  assert.deepEqual(
    again.filter(({ lastTransitionTime }) => lastTransitionTime === LATER).map(({ type }) => type),
    ['NamespaceDeletionContentFailure'],
  )
})
