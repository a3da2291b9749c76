/** A node that has too little room, in a whole cluster: what it says keeps Pods away. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { prepareCluster, type TestCluster } from './cluster.ts'
import { pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
const { create, whenReady, field } = podKit(() => cluster)

before(async () => {
  cluster = await prepareCluster()
})
after(() => cluster.remove())

const up = async (thresholds: string): Promise<void> => {
  const { code, error } = await cluster.portolan('up', '--nodes', '1', '--eviction-hard', thresholds)
  assert.equal(code, 0, error)
}
const node = (path: string): Promise<string> => cluster.kubectlWords(['get', 'node', 'node1', '-o', `jsonpath=${path}`])
const pressure = '{.status.conditions[?(@.type=="DiskPressure")].status} {.status.conditions[?(@.type=="DiskPressure")].reason}'

test('a node under disk pressure is tainted and gets no Pods until it has room, by thresholds that are asked for [POD-6]', async () => {
  await up('nodefs.available<100%')
  await eventually(async () => assert.equal(await node(pressure), 'True KubeletHasDiskPressure'))
  await eventually(async () => assert.match(await node('{.spec.taints[*].key}'), /node\.kubernetes\.io\/disk-pressure/))
  await create(pod('waits', sh(SLEEP)))
  await eventually(async () =>
    assert.match(await field('waits', '{.status.conditions[?(@.type=="PodScheduled")].message}'), /untolerated taint/),
  )
  assert.equal((await cluster.portolan('down')).code, 0)
  await up('')
  await eventually(async () => assert.equal(await node(pressure), 'False KubeletHasNoDiskPressure'))
  await whenReady('waits')
  assert.equal((await cluster.portolan('down')).code, 0)
  const { code, error } = await cluster.portolan('up', '--eviction-hard', 'disk<1')
  assert.equal(code, 1)
  assert.match(error, /"disk<1" is no threshold; one is like nodefs\.available<10%/)
})
