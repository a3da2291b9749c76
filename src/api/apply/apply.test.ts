import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds } from '../kinds/index.ts'
import type { KubeObject } from '../object.ts'
import { ApplyConflict, applyObject, trackUpdate } from './index.ts'

const SERVICE = kinds.find((kind) => kind.kind === 'Service')!
const TIME = '2026-01-01T00:00:00Z'

const service = (spec: object, metadata: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', ...metadata }, spec }) as unknown as KubeObject

const apply = (live: KubeObject | undefined, applied: KubeObject, { as = 'kubectl', force = false } = {}): KubeObject =>
  applyObject(SERVICE, { live, applied, force }, { manager: as, time: TIME })

const update = (old: KubeObject | undefined, now: KubeObject, as = 'controller'): KubeObject =>
  trackUpdate(SERVICE, { old, now }, { manager: as, time: TIME })

const specOf = (object: KubeObject): unknown => (object as unknown as { spec: unknown }).spec
const fieldsOf = (object: KubeObject, manager: string): unknown =>
  object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1

const WEB = service({ selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] })

test('the first apply owns what it says, in the format that kubectl shows [SVC-3]', () => {
  const made = apply(undefined, WEB)
  assert.deepEqual(specOf(made), specOf(WEB))
  assert.deepEqual(made.metadata.managedFields, [
    {
      manager: 'kubectl',
      operation: 'Apply',
      apiVersion: 'v1',
      time: TIME,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:targetPort': {} } },
          'f:selector': {},
        },
      },
    },
  ])
})

test('what a manager no longer applies goes away, what others own stays', () => {
  const made = apply(undefined, service({ ports: [{ port: 80 }, { port: 443, name: 'https' }], sessionAffinity: 'ClientIP' }))
  const shared = apply(made, service({ externalIPs: ['192.0.2.1'] }), { as: 'other' })
  const less = apply(shared, service({ ports: [{ port: 80 }] }))
  assert.deepEqual(specOf(less), { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] })
})

test('another manager applying another value is a conflict that names the field, unless it agrees or forces', () => {
  const made = apply(undefined, WEB)
  const otherwise = service({ ports: [{ port: 80, targetPort: 9090 }] })
  assert.throws(() => apply(made, otherwise, { as: 'other' }), {
    name: 'ApplyConflict',
    message: 'Apply failed with 1 conflict: conflict with "kubectl": .spec.ports[port=80,protocol="TCP"].targetPort',
  })
  const agreed = apply(made, service({ ports: [{ port: 80, targetPort: 8080 }] }), { as: 'other' })
  assert.equal(agreed.metadata.managedFields?.length, 2)
  const forced = apply(made, otherwise, { as: 'other', force: true })
  assert.deepEqual(specOf(forced), { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 9090 }] })
  assert.deepEqual(fieldsOf(forced, 'kubectl'), {
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } }, 'f:selector': {} },
  })
})

test('several conflicts are listed, with the time of updates', () => {
  const made = update(undefined, service({ type: 'NodePort', sessionAffinity: 'None' }), 'kubectl-edit')
  assert.throws(
    () => apply(made, service({ type: 'ClusterIP', sessionAffinity: 'ClientIP' })),
    (error) =>
      error instanceof ApplyConflict &&
      error.message ===
        `Apply failed with 2 conflicts: conflicts with "kubectl-edit" using v1 at ${TIME}:\n- .spec.sessionAffinity\n- .spec.type` &&
      error.causes.length === 2 &&
      error.causes[0]?.reason === 'FieldManagerConflict',
  )
})

test('an update takes the fields that it changes, and gives up those that it removes', () => {
  const made = apply(undefined, WEB)
  const { managedFields } = made.metadata
  const edited = update(made, service({ ports: [{ port: 80, targetPort: 9090 }] }, { managedFields }))
  assert.deepEqual(fieldsOf(edited, 'controller'), {
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:targetPort': {} } } },
  })
  assert.deepEqual(fieldsOf(edited, 'kubectl'), {
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
  })
})

test('an update that changes nothing changes no owner and no time', () => {
  const made = apply(undefined, WEB)
  const again = applyObject(
    SERVICE,
    { live: made, applied: WEB, force: false },
    { manager: 'kubectl', time: '2027-01-01T00:00:00Z' },
  )
  assert.deepEqual(again, made)
})

test('labels are owned one by one, a selector as a whole', () => {
  const made = apply(undefined, service({ selector: { app: 'web' } }, { labels: { a: '1' } }))
  const both = apply(made, service({}, { labels: { b: '2' } }), { as: 'other' })
  assert.deepEqual(both.metadata.labels, { a: '1', b: '2' })
  assert.throws(() => apply(made, service({ selector: { app: 'api' } }), { as: 'other' }), /\.spec\.selector$/)
})
