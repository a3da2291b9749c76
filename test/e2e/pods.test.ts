/** Pods as upstream's suites make them: what a container sees, what is said of it, and how it is led to. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Pod } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

type Spec = Partial<NonNullable<Pod['spec']>>
type Container = NonNullable<Pod['spec']>['containers'][number]

const pod = (name: string, container: Partial<Container>, spec: Spec = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'host', ...container }], ...spec },
  })

const create = (...pods: readonly string[]): Promise<string> => cluster.kubectl('create -f -', pods.join('\n---\n'))
const whenReady = (...names: readonly string[]): Promise<string> =>
  cluster.kubectl(`wait --for=condition=Ready pod ${names.join(' ')} --timeout=30s`)
const inPod = (name: string, script: string): Promise<string> => cluster.kubectlWords(['exec', name, '--', 'sh', '-c', script])
const node = (name: string, ...command: readonly string[]) => cluster.portolan('node', 'exec', name, '--', ...command)

/** A server that answers with its own name, over TCP and UDP. */
const namesItself = (port: number): string[] => [
  'node',
  '-e',
  `const name = require('os').hostname()
  require('net').createServer((socket) => socket.end(name)).listen(${port}, '0.0.0.0')
  const udp = require('dgram').createSocket('udp4')
  udp.on('message', (_, { port, address }) => udp.send(name, port, address)).bind(${port})`,
]
/** The first letters of what `address` answers. */
const asks = (protocol: 'tcp' | 'udp', address: string, port: number): string[] => [
  'timeout',
  '5',
  'bash',
  '-c',
  `exec 3<>/dev/${protocol}/${address}/${port} && echo >&3; head -c 4 <&3`,
]

test('HostPort validates that there is no conflict between pods with same hostPort but different hostIP and protocol [NET-13]', async () => {
  const ip = await cluster.kubectlWords(['get', 'node', 'node1', '-o', 'jsonpath={.status.addresses[0].address}'])
  const led = (name: string, hostIP: string, protocol: string): string =>
    pod(
      name,
      { command: namesItself(80), ports: [{ containerPort: 80, hostPort: 54_323, hostIP, protocol }] },
      { nodeName: 'node1' },
    )
  await create(led('pod1', '127.0.0.1', 'TCP'), led('pod2', ip, 'TCP'), led('pod3', ip, 'UDP'))
  await whenReady('pod1', 'pod2', 'pod3')
  await eventually(async () => assert.equal((await node('node1', ...asks('tcp', '127.0.0.1', 54_323))).out, 'pod1'))
  await eventually(async () => assert.equal((await node('node1', ...asks('tcp', ip, 54_323))).out, 'pod2'))
  await eventually(async () => assert.equal((await node('node1', ...asks('udp', ip, 54_323))).out, 'pod3'))
  assert.equal((await node('node2', ...asks('tcp', ip, 54_323))).out, 'pod2')
  assert.equal((await cluster.outside(...asks('tcp', ip, 54_323))).out, 'pod2')
  assert.equal((await cluster.outside(...asks('udp', ip, 54_323))).out, 'pod3')
  const itself = asks('tcp', ip, 54_323)
  assert.equal(await cluster.kubectlWords(['exec', 'pod2', '--', ...itself]), 'pod2', 'a Pod reaches itself')
  assert.equal(await cluster.kubectlWords(['exec', 'pod1', '--', ...itself]), 'pod2')

  await cluster.kill('node-agent')
  assert.equal((await cluster.outside(...asks('tcp', ip, 54_323))).out, 'pod2', 'it outlives its kubelet')
  await cluster.kubectl('delete pod pod1 pod2 pod3')
  await eventually(async () =>
    assert.notEqual((await node('node1', 'nft', 'list', 'table', 'ip', 'portolan-hostports')).code, 0, 'the table is gone'),
  )
})
