import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initScript, servicesOf } from './init.ts'
import { missingParts } from './requirements.ts'
import {
  checkName,
  type ClusterSpec,
  contextName,
  controlPlaneIP,
  DEFAULT_RANGES,
  dnsIP,
  kubernetesIP,
  nodesOf,
  outsideIP,
} from './spec.ts'

const spec = (nodes: number): ClusterSpec => ({ ...DEFAULT_RANGES, name: 'default', nodes, port: 6443 })

test('everything in a cluster has the address that documentation and convention lead one to expect [POD-1] [SVC-12]', () => {
  assert.equal(controlPlaneIP(spec(1)), '192.168.1.1')
  assert.equal(outsideIP(spec(1)), '192.168.1.10')
  assert.equal(dnsIP(spec(1)), '10.96.0.10')
  assert.equal(kubernetesIP(spec(1)), '10.96.0.1')
  assert.deepEqual(nodesOf(spec(2)), [
    { name: 'node1', ip: '192.168.1.2' },
    { name: 'node2', ip: '192.168.1.3' },
  ])
})

test('no node has the address of the laptop outside, and no two have the same', () => {
  const ips = nodesOf(spec(200)).map(({ ip }) => ip)
  assert.ok(!ips.includes('192.168.1.10'))
  assert.equal(new Set(ips).size, 200)
  for (const nodes of [0, 201, 1.5, Number.NaN]) assert.throws(() => nodesOf(spec(nodes)), { code: 'BadNodeCount' })
})

test('a name is a folder and a context, and nothing that could be more', () => {
  assert.equal(contextName(checkName('default')), 'portolan')
  assert.equal(contextName(checkName('lab-2')), 'portolan-lab-2')
  for (const bad of ['', '-a', 'a-', 'A', 'a/b', '..', 'a b', 'x'.repeat(33)])
    assert.throws(() => checkName(bad), { code: 'BadName' })
})

test('the first process of a bubble starts every service, whatever its words hold', () => {
  const services = servicesOf(spec(1), ['/opt/it is/node', "o'clock.ts"], '/data')
  const script = initScript(spec(1), services, '/logs')
  assert.deepEqual(
    services.map(({ name }) => name),
    ['control-plane', 'node1'],
  )
  assert.match(
    script,
    /serve control-plane '\/opt\/it is\/node' 'o'\\''clock\.ts' control-plane --data \/data --listen-fd 3 --host-fd 4 &/,
  )
  assert.match(script, /serve node1 nsenter --net=\/run\/netns\/node1 /)
})

test('who lacks a program is told the one command that brings it', () => {
  assert.match(missingParts({ PATH: '/nosuch' }) ?? '', /missing: .*crun.*\. Install them with: sudo apt-get install .*crun/)
})
