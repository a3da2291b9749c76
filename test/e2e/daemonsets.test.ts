/** DaemonSets and their ControllerRevisions in the situations that upstream's own end-to-end tests make. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ControllerRevision, Pod } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, workload } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, list, patch, rolledOut } = objectKit(() => cluster)
const byNumber = (a: number, b: number): number => a - b
const podsOf = (app: string): Promise<readonly Pod[]> => list<Pod>(`pods -l app=${app}`)
const revisionsOf = (app: string): Promise<readonly ControllerRevision[]> =>
  list<ControllerRevision>(`controllerrevisions -l app=${app}`)

test('a Pod that failed is made anew, and the DaemonSet says so [POD-2]', async () => {
  await create(workload('DaemonSet', 'simple'))
  await rolledOut('daemonset/simple')
  const [pod] = await podsOf('simple')
  assert.equal(pod?.metadata.labels?.['pod-template-generation'], '1')
  const { name = '', uid } = pod.metadata
  await patch(`pod ${name} --subresource=status`, { status: { phase: 'Failed' } })
  await eventually(async () => {
    const pods = await podsOf('simple')
    assert.ok(pods.length === 2 && pods.every(({ metadata, status }) => metadata.uid !== uid && status?.phase === 'Running'))
  })
  const said = `Warning FailedDaemonPod Found failed daemon pod default/${name} on node ${pod.spec?.nodeName}, will try to kill it`
  await eventually(async () => assert.ok((await eventsOf('DaemonSet/simple')).includes(said)))
  await cluster.kubectl('delete daemonset simple')
})

test('Pods come and go with the labels of nodes, by selector and by affinity [POD-2]', async () => {
  const nodes = async (app: string): Promise<(string | undefined)[]> => (await podsOf(app)).map(({ spec }) => spec?.nodeName)
  const matchExpressions = [{ key: 'color', operator: 'In', values: ['blue'] }]
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
  }
  await create(workload('DaemonSet', 'selecting', { template: { nodeSelector: { color: 'blue' } } }))
  await create(workload('DaemonSet', 'drawn', { template: { affinity } }))
  await cluster.kubectl('label node node1 color=blue')
  await eventually(async () => assert.deepEqual([await nodes('selecting'), await nodes('drawn')], [['node1'], ['node1']]))
  await cluster.kubectl('label node node1 color=green --overwrite')
  await eventually(async () => assert.deepEqual([await nodes('selecting'), await nodes('drawn')], [[], []]))
  await patch('daemonset selecting', { spec: { template: { spec: { nodeSelector: { color: 'green' } } } } })
  await eventually(async () => assert.deepEqual(await nodes('selecting'), ['node1']))
  await cluster.kubectl('label node node1 color-')
  await eventually(async () => assert.deepEqual(await nodes('selecting'), []))
  await cluster.kubectl('delete daemonset selecting drawn')
})

test('a rollback in the middle of an update leaves alone what had not been updated [POD-2]', async () => {
  await create(workload('DaemonSet', 'back'))
  await rolledOut('daemonset/back')
  const before = new Set((await podsOf('back')).map(({ metadata }) => metadata.uid))
  await cluster.kubectl('set image daemonset/back main=none:none')
  await eventually(async () => assert.ok((await podsOf('back')).some(({ spec }) => spec?.containers[0]?.image === 'none:none')))
  await cluster.kubectl('rollout undo daemonset/back')
  await rolledOut('daemonset/back')
  assert.equal((await podsOf('back')).filter(({ metadata }) => before.has(metadata.uid)).length, 1)
  await cluster.kubectl('delete daemonset back')
})

test('OnDelete leaves Pods as they are until somebody deletes them, and tells their versions apart [POD-2]', async () => {
  await create(workload('DaemonSet', 'manual', { updateStrategy: { type: 'OnDelete' } }))
  const hashes = async (): Promise<unknown[]> =>
    (await podsOf('manual')).map(({ metadata }) => metadata.labels?.['controller-revision-hash'])
  await eventually(async () => assert.equal((await hashes()).length, 2))
  const [first] = await hashes()
  await cluster.kubectl('set env daemonset/manual VERSION=2')
  const revisions = () => revisionsOf('manual')
  await eventually(async () => assert.deepEqual((await revisions()).map(({ revision }) => revision).sort(byNumber), [1, 2]))
  assert.deepEqual(await hashes(), [first, first])
  const [pod] = await podsOf('manual')
  await cluster.kubectl(`delete pod ${pod?.metadata.name}`)
  await eventually(async () => assert.equal(new Set(await hashes()).size, 2))
  await cluster.kubectl('delete daemonset manual')
})

test('an update that surges has a new Pod ready before the old one goes [POD-2]', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } }
  await create(workload('DaemonSet', 'surge', { updateStrategy, minReadySeconds: 1 }))
  await rolledOut('daemonset/surge')
  await cluster.kubectl('set env daemonset/surge VERSION=2')
  await eventually(async () => assert.equal((await podsOf('surge')).length, 4))
  await rolledOut('daemonset/surge')
  const pods = await podsOf('surge')
  assert.deepEqual(
    pods.map(({ spec }) => spec?.containers[0]?.env?.[0]?.value),
    ['2', '2'],
  )
  await cluster.kubectl('delete daemonset surge')
})

test('ControllerRevisions can be patched, added and deleted, and there is one of the template again [POD-2]', async () => {
  await create(workload('DaemonSet', 'history'))
  await rolledOut('daemonset/history')
  const revisions = () => revisionsOf('history')
  const [first] = await revisions()
  assert.ok(first)
  const { name, labels, annotations, namespace, ownerReferences } = first.metadata
  assert.equal(`history-${labels?.['controller-revision-hash']}`, name)
  await cluster.kubectl(`label controllerrevision ${name} patched=yes`)
  const twin = { ...first, metadata: { name: 'history-twin', namespace, labels, annotations, ownerReferences }, revision: 2 }
  await cluster.kubectl('create -f -', JSON.stringify(twin))
  assert.equal((await revisions()).length, 2)
  await cluster.kubectl(`delete controllerrevision ${name}`)
  await eventually(async () =>
    assert.deepEqual(
      (await revisions()).map(({ metadata }) => metadata.name),
      ['history-twin'],
    ),
  )
  await cluster.kubectl('label controllerrevision history-twin updated=yes')
  await cluster.kubectl('delete controllerrevisions -l app=history')
  await eventually(async () =>
    assert.deepEqual(
      (await revisions()).map(({ revision }) => revision),
      [1],
    ),
  )
  await cluster.kubectl('set env daemonset/history VERSION=2')
  await eventually(async () => assert.equal((await revisions()).length, 2))
  await cluster.kubectl('delete daemonset history')
})
