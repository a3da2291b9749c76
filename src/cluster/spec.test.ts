import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initScript, servicesOf } from './bubble/init.ts'
import { missingParts } from './bubble/requirements.ts'
import { controlPlaneIP, DEFAULT_RANGES, dnsIP, kubernetesIP, outsideIP } from './addresses.ts'
import { checkName, type ClusterSpec, contextName, nodeOf, withNode, withNodes } from './spec.ts'

const PLACES = { functions: '/data/functions.sh', cgroups: 'portolan-data' }

const spec = (nodes: number): ClusterSpec =>
  withNodes({ ...DEFAULT_RANGES, name: 'default', nodes: [], port: 6443, wayOut: false }, nodes)

test('everything in a cluster has the address that documentation and convention lead one to expect [POD-1] [SVC-12]', () => {
  assert.equal(controlPlaneIP(spec(1)), '192.168.1.1')
  assert.equal(outsideIP(spec(1)), '192.168.1.10')
  assert.equal(dnsIP(spec(1)), '10.96.0.10')
  assert.equal(kubernetesIP(spec(1)), '10.96.0.1')
  assert.deepEqual(spec(2).nodes, [
    { name: 'node1', ip: '192.168.1.2' },
    { name: 'node2', ip: '192.168.1.3' },
  ])
})

test('no node has the address of the laptop outside, and no two have the same', () => {
  const ips = spec(200).nodes.map(({ ip }) => ip)
  assert.ok(!ips.includes('192.168.1.10'))
  assert.equal(new Set(ips).size, 200)
  for (const nodes of [0, 201, 1.5, Number.NaN]) assert.throws(() => spec(nodes), { code: 'BadNodeCount' })
})

test('a node that comes takes a free name and address, and nobody moves when one goes [POD-6]', () => {
  const three = spec(3)
  const without = { ...three, nodes: three.nodes.filter(({ name }) => name !== 'node2') }
  const again = withNode(without, { zone: 'b' })
  assert.deepEqual(again.nodes.at(-1), { name: 'node2', ip: '192.168.1.3', zone: 'b' })
  assert.deepEqual(nodeOf(again, 'node3'), { name: 'node3', ip: '192.168.1.4' })
  assert.deepEqual(withNodes(again, 1).nodes, [{ name: 'node1', ip: '192.168.1.2' }])
  assert.equal(withNode(three, { name: 'edge' }).nodes.at(-1)?.name, 'edge')
  assert.throws(() => withNode(three, { name: 'node1' }), { code: 'NodeExists' })
  assert.throws(() => nodeOf(three, 'node9'), /the nodes are node1, node2, node3/)
  for (const bad of ['outside', 'host', 'A', 'a;b', '-a', 'x'.repeat(16)])
    assert.throws(() => withNode(three, { name: bad }), { code: 'BadName' }, bad)
})

test('a name is a folder and a context, and nothing that could be more', () => {
  assert.equal(contextName(checkName('default')), 'portolan')
  assert.equal(contextName(checkName('lab-2')), 'portolan-lab-2')
  for (const bad of ['', '-a', 'a-', 'A', 'a/b', '..', 'a b', 'x'.repeat(33)])
    assert.throws(() => checkName(bad), { code: 'BadName' })
})

test('the first process of a bubble starts every service, whatever its words hold', () => {
  const services = servicesOf(spec(1), ['/opt/it is/node', "o'clock.ts"], '/data')
  const script = initScript(spec(1), services, PLACES)
  assert.deepEqual(
    services.map(({ name }) => name),
    ['control-plane', 'node1'],
  )
  assert.match(
    script,
    /serve control-plane '\/opt\/it is\/node' 'o'\\''clock\.ts' control-plane --data \/data --listen-fd 3 --host-fd 4 5<&- &/,
  )
  assert.match(script, /serve node1 nsenter --net=\/run\/netns\/node1 /)
})

test("only a bubble with a way out starts the program that is it, with the host's network in hand [DSC-6]", () => {
  const names = (wayOut: boolean): string[] => servicesOf({ ...spec(1), wayOut }, ['node'], '/data').map(({ name }) => name)
  assert.deepEqual(names(true), ['control-plane', 'way-out', 'node1'])
  const script = initScript({ ...spec(1), wayOut: true }, servicesOf({ ...spec(1), wayOut: true }, ['node'], '/data'), PLACES)
  assert.match(script, /serve way-out unshare .*slirp4netns .*--disable-host-loopback.* &$/m)
  assert.match(script, /serve node1 .* 3<&- 4<&- 5<&- &$/m)
})

test('who lacks a program is told the one command that brings it', () => {
  assert.match(missingParts({ PATH: '/nosuch' }) ?? '', /missing: .*crun.*\. Install them with: sudo apt-get install .*crun/)
})
