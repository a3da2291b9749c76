/** The ways to a Pod: ports of its node, and an address that nobody else has. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, whenReady } = podKit(() => cluster)
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

test('two hundred Pods started at once on one node have two hundred addresses [POD-1]', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `crowd-${index}`)
  await create(...names.map((name) => pod(name, sh(SLEEP), { nodeName: 'node1' })))
  const addresses = await eventually(
    async () => {
      const found = (
        await cluster.kubectlWords([
          'get',
          'pods',
          '-o',
          'jsonpath={range .items[?(@.status.phase=="Running")]}{.metadata.name} {.status.podIP}{"\\n"}{end}',
        ])
      )
        .split('\n')
        .filter((line) => line.startsWith('crowd-'))
      assert.equal(found.length, names.length)
      return found.map((line) => line.split(' ')[1])
    },
    { within: 60_000, every: 300 },
  )
  assert.equal(new Set(addresses).size, names.length)
})
