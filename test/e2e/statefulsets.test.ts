/** StatefulSets in the situations that upstream's own end-to-end tests make. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PersistentVolumeClaim, Pod, StatefulSet } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, podSpec, workload } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const { create, get, list, patch, rolledOut } = objectKit(() => cluster)
const podsOf = (app: string): Promise<readonly Pod[]> => list<Pod>(`pods -l app=${app}`)
const namesOf = async (app: string): Promise<(string | undefined)[]> => (await podsOf(app)).map(({ metadata }) => metadata.name)
/** `web-0=1 web-1=2`: which version each Pod is of, by the value of its variable. */
const versionsOf = async (app: string): Promise<string> =>
  (await podsOf(app)).map(({ metadata, spec }) => `${metadata.name}=${spec?.containers[0]?.env?.[0]?.value ?? ''}`).join(' ')
const remove = (app: string): Promise<string> => cluster.kubectl(`delete statefulset ${app} --cascade=foreground`)
const update = (app: string, version: number): Promise<string> => cluster.kubectl(`set env statefulset/${app} VERSION=${version}`)

/** A container that is ready while it has a file, which it has from the beginning. */
const fickle = podSpec({
  containers: [
    {
      name: 'main',
      image: 'host',
      command: ['sh', '-c', 'touch /tmp/ready; exec sleep 1000'],
      readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1, failureThreshold: 1 },
    },
  ],
})
const setReady = (pod: string, ready: boolean): Promise<string> =>
  cluster.kubectl(`exec ${pod} -- ${ready ? 'touch' : 'rm'} /tmp/ready`)

test('a Pod that no longer matches is let go and replaced, and one that matches is taken in [POD-2]', async () => {
  await create(workload('StatefulSet', 'adopt', { serviceName: 'adopt' }))
  await rolledOut('statefulset/adopt')
  const [pod] = await podsOf('adopt')
  await patch('pod adopt-0', { metadata: { ownerReferences: null, labels: { 'apps.kubernetes.io/pod-index': null } } })
  await eventually(async () => {
    const { metadata } = await get<Pod>('pod/adopt-0')
    assert.deepEqual(
      [metadata.uid, metadata.ownerReferences?.[0]?.kind, metadata.labels?.['apps.kubernetes.io/pod-index']],
      [pod?.metadata.uid, 'StatefulSet', '0'],
    )
  })
  await patch('pod adopt-0', { metadata: { labels: { app: 'other' } } })
  await eventually(async () => assert.equal((await get<Pod>('pod/adopt-0')).metadata.ownerReferences, undefined))
  await cluster.kubectl('delete pod adopt-0')
  await eventually(async () => assert.deepEqual(await namesOf('adopt'), ['adopt-0']))
  await remove('adopt')
})

test('updates come in phases, and what was not updated stays as it was [POD-2]', async () => {
  const rolling = (partition: number) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } })
  await create(workload('StatefulSet', 'phase', { serviceName: 'phase', replicas: 3, ...rolling(3) }))
  await rolledOut('statefulset/phase')
  await update('phase', 2)
  const { status } = await get<StatefulSet>('statefulset/phase')
  await eventually(async () => {
    const { status: after } = await get<StatefulSet>('statefulset/phase')
    assert.deepEqual([after?.currentRevision, after?.currentReplicas], [status?.currentRevision, 3])
    assert.notEqual(after?.updateRevision, status?.currentRevision)
  })
  await patch('statefulset phase', { spec: rolling(2) })
  await eventually(async () => assert.equal(await versionsOf('phase'), 'phase-0= phase-1= phase-2=2'))
  await cluster.kubectl('delete pod phase-0 phase-2')
  await eventually(async () => assert.equal(await versionsOf('phase'), 'phase-0= phase-1= phase-2=2'))
  await patch('statefulset phase', { spec: rolling(0) })
  await eventually(async () => assert.equal(await versionsOf('phase'), 'phase-0=2 phase-1=2 phase-2=2'))
  await eventually(async () => {
    const { status: after } = await get<StatefulSet>('statefulset/phase')
    assert.deepEqual([after?.currentRevision, after?.currentReplicas], [after?.updateRevision, 3])
  })
  await patch('statefulset phase', { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } })
  await update('phase', 3)
  await cluster.kubectl('delete pod phase-1')
  await eventually(async () => assert.equal(await versionsOf('phase'), 'phase-0=2 phase-1=3 phase-2=2'))
  await remove('phase')
})

test('several Pods may be missing during an update that says so [POD-2]', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } }
  await create(
    workload('StatefulSet', 'many', { serviceName: 'many', replicas: 3, updateStrategy, podManagementPolicy: 'Parallel' }),
  )
  await rolledOut('statefulset/many')
  await patch('statefulset many', { spec: { template: { spec: { nodeSelector: { no: 'such' } } } } })
  await eventually(async () => assert.equal((await get<StatefulSet>('statefulset/many')).status?.updatedReplicas, 2))
  await patch('statefulset many', { spec: { template: { spec: { nodeSelector: null } } } })
  await rolledOut('statefulset/many')
  await remove('many')
})

test('scaling goes in order and halts at a Pod that is not ready, unless all may go at once [POD-2]', async () => {
  const set = (app: string, policy: string, replicas: number) => {
    const { spec, ...rest } = workload('StatefulSet', app, { serviceName: app, podManagementPolicy: policy, replicas })
    return { ...rest, spec: { ...spec, template: { ...spec.template, spec: fickle } } }
  }
  await create(set('order', 'OrderedReady', 1), set('burst', 'Parallel', 2))
  await rolledOut('statefulset/order')
  await rolledOut('statefulset/burst')
  await setReady('order-0', false)
  await setReady('burst-0', false)
  await cluster.kubectl('wait --for=condition=Ready=false pod/order-0 pod/burst-0 --timeout=20s')
  await cluster.kubectl('scale statefulset order burst --replicas=3')
  await eventually(async () => assert.deepEqual(await namesOf('burst'), ['burst-0', 'burst-1', 'burst-2']))
  assert.deepEqual(await namesOf('order'), ['order-0'])
  await setReady('order-0', true)
  await rolledOut('statefulset/order')
  await setReady('order-0', false)
  await cluster.kubectl('wait --for=condition=Ready=false pod/order-0 --timeout=20s')
  await cluster.kubectl('scale statefulset burst --replicas=0')
  await cluster.kubectl('scale statefulset order --replicas=1')
  await eventually(async () => assert.deepEqual(await namesOf('burst'), []))
  assert.deepEqual(await namesOf('order'), ['order-0', 'order-1', 'order-2'])
  await setReady('order-0', true)
  await eventually(async () => assert.deepEqual(await namesOf('order'), ['order-0']))
  await cluster.kubectl('delete statefulset order burst')
})

test('a Pod that its node refuses is made again until it is let in [POD-2]', async () => {
  const ports = [{ containerPort: 80, hostPort: 21017 }]
  const template = podSpec({
    nodeName: 'node1',
    containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'], ports }],
  })
  await create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'first' }, spec: template })
  await cluster.kubectl('wait --for=condition=Ready pod/first --timeout=20s')
  const { spec, ...rest } = workload('StatefulSet', 'evicted', { serviceName: 'evicted' })
  await create({ ...rest, spec: { ...spec, template: { ...spec.template, spec: template } } })
  const uids = new Set<string | undefined>()
  await eventually(async () => {
    for (const { metadata } of await podsOf('evicted')) uids.add(metadata.uid)
    assert.ok(uids.size > 1, 'the Pod is made again')
  })
  await cluster.kubectl('delete pod first')
  await rolledOut('statefulset/evicted')
  await remove('evicted')
})

test('ordinals begin where they are told to [POD-2]', async () => {
  const from = (start: number) => ({ ordinals: { start } })
  await create(workload('StatefulSet', 'num', { serviceName: 'num', replicas: 2, ...from(2) }))
  for (const [start, names] of [
    [2, ['num-2', 'num-3']],
    [4, ['num-4', 'num-5']],
    [3, ['num-3', 'num-4']],
  ] as const) {
    await patch('statefulset num', { spec: from(start) })
    await eventually(async () => assert.deepEqual(await namesOf('num'), names))
  }
  await patch('statefulset num', { spec: { ordinals: null } })
  await eventually(async () => assert.deepEqual(await namesOf('num'), ['num-0', 'num-1']))
  await remove('num')
})

test('claims are made anew while their Pod waits, and go as the policy says [POD-2]', async () => {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
  }
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: 'Delete', whenScaled: 'Delete' }
  const more = {
    podManagementPolicy: 'Parallel',
    replicas: 2,
    volumeClaimTemplates: [claim],
    persistentVolumeClaimRetentionPolicy,
  }
  await create(workload('StatefulSet', 'claim', { serviceName: 'claim', ...more }))
  const claims = async (): Promise<(string | undefined)[]> =>
    (await list<PersistentVolumeClaim>('pvc -l app=claim')).map(({ metadata }) => metadata.name)
  await eventually(async () => assert.deepEqual(await claims(), ['data-claim-0', 'data-claim-1']))
  await cluster.kubectl('delete pvc data-claim-0')
  await cluster.kubectl('delete pod claim-0')
  await eventually(async () => assert.deepEqual(await claims(), ['data-claim-0', 'data-claim-1']))
  await cluster.kubectl('scale statefulset claim --replicas=1')
  await eventually(async () => assert.deepEqual(await claims(), ['data-claim-0']))
  await remove('claim')
  await eventually(async () => assert.deepEqual(await claims(), []))
})
