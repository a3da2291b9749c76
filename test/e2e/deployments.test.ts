/** Deployments, ReplicaSets and ReplicationControllers in the situations that upstream's own end-to-end tests make. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Deployment, Pod, ReplicaSet } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, podSpec, workload } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, get, list, patch, rolledOut } = objectKit(() => cluster)
const setsOf = (app: string): Promise<readonly ReplicaSet[]> => list<ReplicaSet>(`replicasets -l app=${app}`)
const podsOf = (app: string): Promise<readonly Pod[]> => list<Pod>(`pods -l app=${app}`)
const remove = (what: string): Promise<string> => cluster.kubectl(`delete ${what} --cascade=foreground`)

test('a rolling update takes in a ReplicaSet that was there, and counts on from its revision [POD-2]', async () => {
  const { metadata, ...rest } = workload('ReplicaSet', 'roll')
  const annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' }
  await create({ ...rest, metadata: { ...metadata, annotations } })
  await eventually(async () => assert.equal((await get<ReplicaSet>('rs/roll')).status?.readyReplicas, 1))
  await create(workload('Deployment', 'roll', { template: { hostname: 'other' } }))
  await rolledOut('deployment/roll')
  const { metadata: of } = await get<Deployment>('deployment/roll')
  assert.equal(of.annotations?.['deployment.kubernetes.io/revision'], '3546343826724305833')
  const old = await get<ReplicaSet>('rs/roll')
  assert.deepEqual([old.spec?.replicas, old.metadata.ownerReferences?.[0]?.kind], [0, 'Deployment'])
  await cluster.kubectl('annotate deployment roll kubernetes.io/change-cause=because')
  await eventually(async () =>
    assert.match(await cluster.kubectl('rollout history deployment/roll'), /3546343826724305833\s+because/),
  )
  await remove('deployment/roll')
})

test('Recreate has no new Pod before the last old one is gone [POD-2]', async () => {
  await create(workload('Deployment', 'again', { replicas: 2, strategy: { type: 'Recreate' } }))
  await rolledOut('deployment/again')
  await cluster.kubectl('set env deployment/again VERSION=2')
  await rolledOut('deployment/again')
  const [old, fresh] = await setsOf('again').then((sets) => [...sets].sort((a) => (a.spec?.replicas === 0 ? -1 : 1)))
  const events = await eventsOf('Deployment/again')
  const order = [
    `Scaled down replica set ${old?.metadata.name} from 2 to 0`,
    `Scaled up replica set ${fresh?.metadata.name} from 0 to 2`,
  ]
  assert.ok(events.includes(order[0] ?? '') && events.includes(order[1] ?? ''), events)
  await remove('deployment/again')
})

test('a rollover goes to the last template, and older ReplicaSets go as the history limit says [POD-2]', async () => {
  await create(workload('Deployment', 'over', { replicas: 2, revisionHistoryLimit: 0 }))
  await rolledOut('deployment/over')
  await cluster.kubectl('set image deployment/over main=none:none')
  await cluster.kubectl('set env deployment/over VERSION=3')
  await cluster.kubectl('set image deployment/over main=host')
  await rolledOut('deployment/over')
  await eventually(async () => assert.equal((await setsOf('over')).length, 1))
  assert.deepEqual(new Set((await podsOf('over')).map(({ spec }) => spec?.containers[0]?.env?.[0]?.value)), new Set(['3']))
  await remove('deployment/over')
})

test('a rollout that makes no progress says so, and goes on when it can [POD-2]', async () => {
  await create(workload('Deployment', 'late', { progressDeadlineSeconds: 1, template: { serviceAccountName: 'nobody' } }))
  const progress = async () =>
    (await get<Deployment>('deployment/late')).status?.conditions?.find(({ type }) => type === 'Progressing')
  await eventually(async () => assert.equal((await progress())?.reason, 'ProgressDeadlineExceeded'))
  assert.match((await progress())?.message ?? '', /^ReplicaSet "late-\w+" has timed out progressing\.$/)
  await cluster.kubectl('create serviceaccount nobody')
  await cluster.kubectl('wait --for=condition=Available deployment/late --timeout=30s')
  await eventually(async () => assert.equal((await progress())?.reason, 'NewReplicaSetAvailable'))
  await remove('deployment/late')
})

test('conditions and replica counts can be written by others, and scale by its subresource [POD-2]', async () => {
  await create(workload('Deployment', 'status'))
  await rolledOut('deployment/status')
  const conditions = [{ type: 'Mine', status: 'True', reason: 'E2E', message: 'set from test' }]
  await patch('deployment status --subresource=status', { status: { conditions } })
  await cluster.kubectl('scale deployment/status --replicas=2')
  await rolledOut('deployment/status')
  const { status } = await get<Deployment>('deployment/status')
  assert.deepEqual(status?.conditions?.map(({ type }) => type).sort(), ['Available', 'Mine', 'Progressing'])
  assert.equal(status.readyReplicas, 2)
  await remove('deployment/status')
})

test('Pods that match are taken in, and those that no longer match are let go and replaced [POD-2]', async () => {
  const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: podSpec() })
  const { spec } = workload('ReplicationController', 'of-rc')
  const controller = { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'of-rc' } }
  await create(pod('of-rs'), pod('of-rc'))
  await create(workload('ReplicaSet', 'of-rs'), { ...controller, spec: { ...spec, selector: { app: 'of-rc' } } })
  for (const [app, kind] of [
    ['of-rs', 'ReplicaSet'],
    ['of-rc', 'ReplicationController'],
  ] as const) {
    await eventually(async () => assert.equal((await get<Pod>(`pod/${app}`)).metadata.ownerReferences?.[0]?.kind, kind))
    assert.equal((await podsOf(app)).length, 1)
    await cluster.kubectl(`label pod ${app} app=released --overwrite`)
    await eventually(async () => {
      assert.equal((await get<Pod>(`pod/${app}`)).metadata.ownerReferences, undefined)
      assert.equal((await podsOf(app)).length, 1)
    })
    await cluster.kubectl(`delete ${kind}/${app} pod/${app}`)
  }
})
