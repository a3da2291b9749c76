import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, TopologySpreadConstraint } from '../api/index.ts'
import { app, cluster, node, placed, pod } from './testing/objects.ts'

const ZONE = 'topology.kubernetes.io/zone'
const zoned = (name: string, zone: string, spec = {}) => node(name, spec, { [ZONE]: zone })
const [a, b, c] = [zoned('a', 'east'), zoned('b', 'east'), zoned('c', 'west')]

const web = (constraint: Partial<TopologySpreadConstraint> = {}, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod =>
  app('web', {
    ...spec,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
        ...constraint,
      },
    ],
  })

test('no domain gets more than maxSkew Pods more than the emptiest [POD-2]', () => {
  assert.equal(placed(web(), cluster([a, app('web')], [b], [c, pod(), pod()])), 'c')
  assert.equal(placed(web({ maxSkew: 2 }), cluster([a, app('web')], [b], [c, pod(), pod(), pod()])), 'b')
  assert.match(
    placed(web(), cluster([a, app('web')], [b], [zoned('c', 'west', { unschedulable: true })])),
    /: 1 node\(s\) were unschedulable, 2 node\(s\) didn't match pod topology spread constraints\./,
  )
  assert.match(
    placed(web(), cluster([node('a')])),
    /1 node\(s\) didn't match pod topology spread constraints \(missing required label\)/,
  )
})

test('Pods of other namespaces and those on their way out are not counted [POD-2]', () => {
  const leaving = { ...app('web'), metadata: { ...app('web').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
  const there = cluster([a, leaving, pod({}, { app: 'web' }, 'elsewhere')], [c, app('web')])
  assert.equal(placed(web(), there), 'a')
})

test('with fewer domains than minDomains the emptiest counts as empty [POD-2]', () => {
  const full = cluster([a, app('web')], [c, app('web')])
  assert.equal(placed(web({ minDomains: 2 }), full), 'a')
  assert.match(placed(web({ minDomains: 3 }), full), /2 node\(s\) didn't match pod topology spread constraints/)
})

test('which nodes count is up to the policies [POD-2]', () => {
  const shut = zoned('c', 'west', { taints: [{ key: 'k', effect: 'NoSchedule' }] })
  const there = cluster([a, app('web')], [shut])
  assert.match(placed(web(), there), /1 node\(s\) didn't match pod topology spread constraints/)
  assert.equal(placed(web({ nodeTaintsPolicy: 'Honor' }), there), 'a')
  const both = cluster([a, app('web')], [c])
  const eastern = { nodeSelector: { [ZONE]: 'east' } }
  assert.equal(placed(web({}, eastern), both), 'a')
  assert.match(placed(web({ nodeAffinityPolicy: 'Ignore' }, eastern), both), /didn't match pod topology spread constraints/)
})

test('keys of labels make the constraint about one version [POD-2]', () => {
  const old = pod({}, { app: 'web', version: '1' })
  const fresh = { ...web({ matchLabelKeys: ['version'] }), metadata: { ...old.metadata, labels: { app: 'web', version: '2' } } }
  assert.equal(placed(fresh, cluster([a, old], [c, pod(), pod()])), 'a')
})

test('what need not be is preferred, and zones weigh with nodes where nothing is said [POD-2]', () => {
  const there = cluster([a, app('web')], [b], [c, pod()])
  assert.equal(placed(web({ whenUnsatisfiable: 'ScheduleAnyway' }), there), 'c')
  assert.equal(placed(app('web'), { ...there, siblings: (labels) => labels?.['app'] === 'web' }), 'c')
  assert.equal(placed(app('web'), there), 'b')
})
