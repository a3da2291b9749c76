/** What goes with what: owners and dependents, Pods of nodes that are gone, and budgets that keep Pods from going. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Pod, PodDisruptionBudget, ReplicaSet } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, podSpec, workload } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, get, list, patch, rolledOut } = objectKit(() => cluster)
const podsOf = (app: string): Promise<readonly Pod[]> => list<Pod>(`pods -l app=${app}`)
const controller = (app: string, replicas: number) => {
  const { spec } = workload('ReplicationController', app)
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: app },
    spec: { replicas, selector: { app }, template: spec.template },
  }
}
const isGone = (what: string): Promise<string> => cluster.kubectl(`wait --for=delete ${what} --timeout=20s`)
const none = async (app: string): Promise<void> => eventually(async () => assert.deepEqual(await podsOf(app), []))

test('Pods go with their ReplicationController, or stay when asked to, which is also what nothing asked for means [POD-7]', async () => {
  await create(controller('away', 2), controller('kept', 2), controller('old', 2))
  for (const app of ['away', 'kept', 'old']) await eventually(async () => assert.equal((await podsOf(app)).length, 2))
  await cluster.kubectl('delete rc away --cascade=background')
  await none('away')
  await cluster.kubectl('delete rc kept --cascade=orphan')
  await cluster.kubectl('delete --raw /api/v1/namespaces/default/replicationcontrollers/old')
  for (const app of ['kept', 'old']) {
    await isGone(`rc/${app}`)
    const pods = await podsOf(app)
    assert.deepEqual(
      pods.map(({ metadata }) => metadata.ownerReferences),
      [undefined, undefined],
    )
    await cluster.kubectl(`delete pods -l app=${app}`)
  }
})

test('ReplicaSets go with their Deployment, or stay when asked to and are taken in by the next [POD-7]', async () => {
  await create(workload('Deployment', 'web'))
  await rolledOut('deployment/web')
  await cluster.kubectl('delete deployment web --cascade=orphan')
  const [kept] = await list<ReplicaSet>('replicasets -l app=web')
  assert.equal(kept?.metadata.ownerReferences, undefined)
  await create(workload('Deployment', 'web'))
  await rolledOut('deployment/web')
  const [adopted, ...more] = await list<ReplicaSet>('replicasets -l app=web')
  assert.deepEqual(
    [adopted?.metadata.uid, adopted?.metadata.ownerReferences?.[0]?.kind, more],
    [kept?.metadata.uid, 'Deployment', []],
  )
  await cluster.kubectl('delete deployment web --cascade=foreground')
  assert.deepEqual(await list('replicasets -l app=web'), [])
  await none('web')
})

const pod = (name: string, app: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app }, ...metadata },
  spec: podSpec(),
})
const owner = ({ apiVersion, kind, metadata }: Pick<Pod, 'apiVersion' | 'kind' | 'metadata'>) => ({
  apiVersion,
  kind,
  name: metadata.name,
  uid: metadata.uid,
  blockOwnerDeletion: true,
})

test('an owner that waits for its dependents does not take along what others own too [POD-7]', async () => {
  await create(controller('going', 2), controller('staying', 0))
  await eventually(async () => assert.equal((await podsOf('going')).length, 2))
  const [shared, alone] = await podsOf('going')
  const staying = owner(await get('rc/staying'))
  const ownerReferences = [...(shared?.metadata.ownerReferences ?? []), staying]
  await patch(`pod ${shared?.metadata.name}`, { metadata: { ownerReferences, labels: { app: 'shared' } } })
  await cluster.kubectl('delete rc going --cascade=foreground --timeout=20s')
  await isGone(`pod/${alone?.metadata.name}`)
  const left = await get<Pod>(`pod/${shared?.metadata.name}`)
  assert.deepEqual(
    left.metadata.ownerReferences?.map(({ name }) => name),
    ['staying'],
  )
  await cluster.kubectl('delete rc staying --cascade=background')
  await isGone(`pod/${shared?.metadata.name}`)
})

test('dependents that lead in a circle do not keep each other [POD-7]', async () => {
  await create(pod('one', 'circle'), pod('two', 'circle'), pod('three', 'circle'))
  for (const [name, of] of [
    ['one', 'three'],
    ['two', 'one'],
    ['three', 'two'],
  ]) {
    await patch(`pod ${name}`, { metadata: { ownerReferences: [owner(await get<Pod>(`pod/${of}`))] } })
  }
  await cluster.kubectl('delete pod one --cascade=foreground --timeout=20s')
  await none('circle')
})

test('an owner in another namespace is none, and the dependent is told and goes [POD-7]', async () => {
  await cluster.kubectl('create namespace elsewhere')
  await cluster.kubectl('create configmap far -n elsewhere')
  const far = owner(await get('configmap/far -n elsewhere'))
  await create(pod('stranger', 'stranger', { ownerReferences: [far] }))
  await none('stranger')
  const what = `[v1/ConfigMap, namespace: default, name: far, uid: ${far.uid}]`
  const said = `Warning OwnerRefInvalidNamespace ownerRef ${what} does not exist in namespace "default"`
  await eventually(async () => assert.ok((await eventsOf('Pod/stranger')).includes(said)))
  assert.equal((await get('configmap/far -n elsewhere')).metadata.uid, far.uid)
})

const budget = (app: string, spec: object) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: app },
  spec: { selector: { matchLabels: { app } }, ...spec },
})
const evict = (name: string): Promise<string> => {
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }
  const path = `/api/v1/namespaces/default/pods/${name}/eviction`
  return cluster.kubectlWords(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction))
}
const whenKnown = (app: string, allowed: number): Promise<void> =>
  eventually(async () => {
    const { metadata, status } = await get<PodDisruptionBudget>(`pdb/${app}`)
    assert.deepEqual([status?.observedGeneration, status?.disruptionsAllowed], [metadata.generation, allowed])
  })

test('evictions are granted as a budget allows, and refused until it does [POD-7]', async () => {
  await create(workload('ReplicaSet', 'held', { replicas: 3 }), budget('held', { minAvailable: '67%' }))
  await eventually(async () => assert.equal((await get<ReplicaSet>('rs/held')).status?.readyReplicas, 3))
  await whenKnown('held', 0)
  const [first] = await podsOf('held')
  await assert.rejects(evict(first?.metadata.name ?? ''), /Cannot evict pod as it would violate the pod's disruption budget/)
  await patch('pdb held', { spec: { minAvailable: '34%' } })
  await whenKnown('held', 1)
  await evict(first?.metadata.name ?? '')
  await isGone(`pod/${first?.metadata.name}`)
  await patch('pdb held', { spec: { minAvailable: null, maxUnavailable: 1 } })
  await whenKnown('held', 1)
  await cluster.kubectl('delete pdb held')
  for (const { metadata } of await podsOf('held')) await evict(metadata.name ?? '')
  await cluster.kubectl('delete rs held')
})

test('a budget of Pods that nobody controls counts them, or says why it can not [POD-7]', async () => {
  await create(pod('loose-1', 'loose'), pod('loose-2', 'loose'), budget('loose', { minAvailable: 1 }))
  await whenKnown('loose', 1)
  await patch('pdb loose', { spec: { minAvailable: null, maxUnavailable: 1 } })
  await whenKnown('loose', 0)
  await eventually(async () =>
    assert.match(await eventsOf('PodDisruptionBudget/loose'), /Warning UnmanagedPods Pods selected by this/),
  )
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'loose' } }
  const template = { metadata: { labels: { app: 'loose' } }, spec: podSpec({ restartPolicy: 'Never' }) }
  await create({ ...job, spec: { template } })
  await eventually(async () => {
    const { status } = await get<PodDisruptionBudget>('pdb/loose')
    const { reason, message } = status?.conditions?.[0] ?? {}
    assert.deepEqual([reason, message], ['SyncFailed', 'jobs.batch does not implement the scale subresource'])
  })
  await assert.rejects(evict('loose-1'), /violate the pod's disruption budget/)
})
