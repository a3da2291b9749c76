/** Pods that taints drive out of their nodes, and namespaces that empty themselves. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Namespace, Pod } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, podSpec } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, get, list, patch } = objectKit(() => cluster)
const TAINT = 'evict=now:NoExecute'
const pod = (name: string, node: string, { tolerations = [] as object[], metadata = {} } = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: podSpec({ nodeName: node, tolerations }),
})
const tolerates = (tolerationSeconds?: number) => ({
  tolerations: [
    { key: 'evict', value: 'now', effect: 'NoExecute', ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }) },
  ],
})
const names = async (): Promise<(string | undefined)[]> => (await list<Pod>('pods')).map(({ metadata }) => metadata.name)

test('a taint drives out Pods that do not tolerate it, at once or after a time, and no others [POD-6]', async () => {
  await create(
    pod('strict', 'node1'),
    pod('patient', 'node1', tolerates(1)),
    pod('calm', 'node1', tolerates()),
    pod('away', 'node2'),
  )
  await cluster.kubectl('wait --for=condition=Ready pod --all --timeout=30s')
  await cluster.kubectl(`taint node node1 ${TAINT}`)
  await eventually(async () => assert.deepEqual(await names(), ['away', 'calm']))
  await eventually(async () =>
    assert.match(await eventsOf('Pod/strict'), /TaintManagerEviction Marking for deletion Pod default\/strict/),
  )
  await cluster.kubectl('taint node node1 evict-')
  await cluster.kubectl('delete pod calm away')
})

test('a taint that goes in time lets Pods stay, and one that is driven out says why until it is gone [POD-6]', async () => {
  const metadata = { finalizers: ['example.com/wait'] }
  await create(pod('saved', 'node1', tolerates(20)), pod('held', 'node1', { metadata }))
  await cluster.kubectl('wait --for=condition=Ready pod/saved pod/held --timeout=30s')
  await cluster.kubectl(`taint node node1 ${TAINT}`)
  await eventually(async () => {
    const { metadata: going, status } = await get<Pod>('pod/held')
    assert.ok(going.deletionTimestamp)
    const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
    assert.deepEqual(
      [target?.status, target?.reason, target?.message],
      ['True', 'DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint'],
    )
  })
  await cluster.kubectl('taint node node1 evict-')
  await patch('pod held', { metadata: { finalizers: null } })
  assert.equal((await get<Pod>('pod/saved')).metadata.deletionTimestamp, undefined)
  await cluster.kubectl('delete pod saved')
})

test('a node is registered and says so [POD-6]', async () => {
  await eventually(async () =>
    assert.match(await eventsOf('Node/node1'), /Normal RegisteredNode Node node1 event: Registered Node node1 in Controller/),
  )
})

test('a namespace says what it waits for while it empties itself, Pods first [POD-7]', async () => {
  await cluster.kubectl('create namespace full')
  const inside = (kind: string, finalizer: string) => ({
    apiVersion: 'v1',
    kind,
    metadata: { name: 'kept', namespace: 'full', finalizers: [finalizer] },
  })
  await create({ ...pod('kept', 'node1'), ...inside('Pod', 'example.com/pod') }, inside('ConfigMap', 'example.com/map'))
  await cluster.kubectl('delete namespace full --wait=false')
  const condition = async (type: string): Promise<string | undefined> => {
    const { status } = await get<Namespace>('namespace/full')
    const found = status?.conditions?.find((each) => each.type === type)
    return `${found?.status} ${found?.reason} ${found?.message}`
  }
  const remain = 'True SomeResourcesRemain Some resources are remaining:'
  await eventually(async () =>
    assert.equal(await condition('NamespaceContentRemaining'), `${remain} pods. has 1 resource instances`),
  )
  assert.equal(
    (await get<{ kind: string; apiVersion: string; metadata: { deletionTimestamp?: string } }>('configmap/kept -n full')).metadata
      .deletionTimestamp,
    undefined,
  )
  await patch('pod kept -n full', { metadata: { finalizers: null } })
  await eventually(async () =>
    assert.equal(await condition('NamespaceContentRemaining'), `${remain} configmaps. has 1 resource instances`),
  )
  assert.match(
    (await condition('NamespaceFinalizersRemaining')) ?? '',
    /^True SomeFinalizersRemain Some content in the namespace has finalizers remaining: example.com\/map in 1 resource instances$/,
  )
  await patch('configmap kept -n full', { metadata: { finalizers: null } })
  await cluster.kubectl('wait --for=delete namespace/full --timeout=20s')
})

test('every namespace has its ServiceAccount and the certificate of the API server, also after somebody has meddled [POD-7]', async () => {
  await cluster.kubectl('create namespace own')
  const certificate = (): Promise<string> =>
    cluster.kubectlWords(['get', 'configmap', 'kube-root-ca.crt', '-n', 'own', '-o', 'jsonpath={.data}'])
  await eventually(async () => assert.match(await certificate(), /BEGIN CERTIFICATE/))
  const whole = await certificate()
  await patch('configmap kube-root-ca.crt -n own', { data: { 'ca.crt': '', other: 'x' } })
  await eventually(async () => assert.equal(await certificate(), whole))
  await cluster.kubectl('delete configmap/kube-root-ca.crt serviceaccount/default -n own')
  await eventually(async () => assert.match(await cluster.kubectl('get serviceaccounts -n own'), /default/))
  await eventually(async () => assert.equal(await certificate(), whole))
})
