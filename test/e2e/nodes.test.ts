/** Nodes come, lose their power, come back and go; what they carried goes on elsewhere. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const SERVER = "require('http').createServer((q, r) => r.end(process.env.NODE_NAME)).listen(8080)"

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const node = async (...args: string[]): Promise<string> => {
  const { code, error } = await cluster.portolan('node', ...args)
  assert.equal(code, 0, error)
  return error
}
const ready = (name: string): Promise<string> =>
  cluster.kubectlWords(['get', 'node', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'])
const place = (name: string): Promise<string> => cluster.kubectlWords(['get', 'pod', name, '-o', 'jsonpath={.spec.nodeName}'])
const ask = async (from: string, url: string): Promise<string> =>
  (await cluster.portolan('node', 'exec', from, '--', 'curl', '-s', '--max-time', '2', url)).out

const pod = (name: string, nodeName: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'web',
          image: 'host',
          command: ['node', '-e', SERVER],
          env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
          readinessProbe: { httpGet: { port: 8080 }, periodSeconds: 1 },
        },
      ],
    },
  })

test('a node is added to a running cluster, with its zone, and carries Pods of a Service [POD-6] [POD-1]', async () => {
  assert.match(await node('add', '--zone', 'b'), /node3 \(192\.168\.1\.4\) is ready/)
  assert.match(await cluster.kubectl('get nodes -L topology.kubernetes.io/zone'), /node3 +Ready .* b$/m)
  await cluster.kubectl('create -f -', pod('on-three', 'node3'))
  await cluster.kubectl('wait --for=condition=Ready pod/on-three --timeout=30s')
  await cluster.kubectl('expose pod on-three --name=web --port=80 --target-port=8080 --selector=app=web')
  const ip = await cluster.kubectl('get svc web -o jsonpath={.spec.clusterIP}')
  for (const from of ['node1', 'node3'])
    await eventually(async () => assert.equal(await ask(from, `http://${ip}`), 'node3', from))
})

test('a node without power is found out, its endpoints leave, and it comes back with its Pods [POD-6] [EPS-1]', async () => {
  await cluster.kubectl('create -f -', pod('on-one', 'node1'))
  await cluster.kubectl('wait --for=condition=Ready pod/on-one --timeout=30s')
  const uid = await cluster.kubectl('get pod on-three -o jsonpath={.metadata.uid}')
  await node('stop', 'node3')
  await eventually(async () => assert.equal(await ready('node3'), 'Unknown'), { within: 90_000 })
  const ip = await cluster.kubectl('get svc web -o jsonpath={.spec.clusterIP}')
  await eventually(async () => {
    for (let i = 0; i < 6; i++) assert.equal(await ask('node1', `http://${ip}`), 'node1')
  })

  assert.match(await node('start', 'node3'), /node3 is ready/)
  await cluster.kubectl('wait --for=condition=Ready pod/on-three --timeout=30s')
  assert.equal(await cluster.kubectl('get pod on-three -o jsonpath={.metadata.uid}'), uid, 'the same Pod')
  await eventually(async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 8; i++) seen.add(await ask('node2', `http://${ip}`))
    assert.deepEqual([...seen].toSorted(), ['node1', 'node3'])
  })
})

test('cordon and drain move what a controller owns, and uncordon lets it back [POD-6] [POD-7]', async () => {
  await cluster.kubectl('create deployment moving --image=host --replicas=3 -- sleep 600')
  await cluster.kubectl('rollout status deployment/moving --timeout=60s')
  await cluster.kubectl('drain node2 --ignore-daemonsets --force --delete-emptydir-data --grace-period=1 --timeout=60s')
  assert.match(await cluster.kubectl('get node node2'), /Ready,SchedulingDisabled/)
  await cluster.kubectl('rollout status deployment/moving --timeout=60s')
  const nodes = await cluster.kubectlWords(['get', 'pods', '-l', 'app=moving', '-o', 'jsonpath={.items[*].spec.nodeName}'])
  assert.ok(!nodes.split(' ').includes('node2'), nodes)
  await cluster.kubectl('uncordon node2')
})

test('a removed node is gone with its Pods, and stays gone over down and up [POD-6] [OPS-9]', async () => {
  await node('remove', 'node3')
  await eventually(async () => assert.equal(await cluster.kubectl('get node node3 --ignore-not-found'), ''))
  await eventually(async () => assert.equal(await cluster.kubectl('get pod on-three --ignore-not-found'), ''))
  await eventually(async () => assert.equal(await cluster.kubectl('get lease node3 -n kube-node-lease --ignore-not-found'), ''))
  await cluster.portolan('down')
  assert.equal((await cluster.portolan('up')).code, 0)
  assert.equal((await cluster.kubectl('get nodes -o name')).trim(), 'node/node1\nnode/node2')
  assert.equal(await place('on-one'), 'node1')
  assert.match((await cluster.portolan('node', 'stop', 'node9')).error, /there is no node "node9"; the nodes are node1, node2/)
})

test('a cluster that comes up smaller has no nodes that never come back [POD-6] [SVC-2]', async () => {
  await cluster.portolan('down')
  assert.equal((await cluster.portolan('up', '--nodes', '1')).code, 0)
  assert.equal((await cluster.kubectl('get nodes -o name')).trim(), 'node/node1')
  await cluster.kubectl('rollout status deployment/moving --timeout=60s')
  const pods = await cluster.kubectlWords(['get', 'pods', '-l', 'app=moving', '-o', 'jsonpath={.items[*].spec.nodeName}'])
  assert.deepEqual(new Set(pods.split(' ')), new Set(['node1']))
})
