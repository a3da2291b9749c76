/** Every component runs in a process of its own, against a cluster that it knows only by a kubeconfig file. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const PORTOLAN = join(import.meta.dirname, '../../bin/portolan')
const run = promisify(execFile)

let cluster: TestCluster
const stops: (() => Promise<void>)[] = []
before(async () => {
  cluster = await testCluster({ nodes: 1 })
  await cluster.kubectlWords(['create', '-f', '-'], SERVICE)
})
after(async () => {
  for (const stop of stops) await stop()
  await cluster.remove()
})

const SERVICE = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alone' },
  spec: { clusterIP: '10.96.0.77', ports: [{ port: 80, protocol: 'TCP' }] },
})

/** Starts `portolan …`; it is ended when the tests are. */
function start(args: readonly string[]) {
  const child = spawn(PORTOLAN, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PORTOLAN_DATA: cluster.data },
  })
  let words = ''
  child.stderr.on('data', (piece) => (words += String(piece)))
  stops.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  })
  return { words: () => words, running: () => child.exitCode === null }
}

test('portolan proxy keeps the rules of the network namespace it is started in, and --cleanup removes them [OPS-7] [NET-11]', async () => {
  const rules = async (): Promise<string> =>
    (await cluster.outside('nft', 'list', 'tables')).out +
    (await cluster.outside('nft', 'list', 'map', 'ip', 'portolan-proxy', 'no-endpoint-services')).out
  const kubeconfig = join(cluster.data, 'default/kubeconfigs/node1.conf')
  const proxy = start(['outside', 'exec', '--', PORTOLAN, 'proxy', '--kubeconfig', kubeconfig, '--node-name', 'node1'])
  await eventually(async () => assert.match(await rules(), /10\.96\.0\.77 \. tcp \. 80/), { within: 20_000 })
  assert.ok(proxy.running(), proxy.words())
  await stops.pop()?.()
  assert.match(await rules(), /10\.96\.0\.77/, 'rules outlive the proxy')
  assert.equal((await cluster.outside(PORTOLAN, 'proxy', '--cleanup')).code, 0)
  assert.equal(await rules(), '')
})

test('portolan dns answers for any cluster [OPS-7] [DSC-1]', async () => {
  const dns = start(['dns', '--kubeconfig', cluster.kubeconfig, '--listen', '127.0.0.1:15353'])
  const { Resolver } = await import('node:dns/promises')
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers(['127.0.0.1:15353'])
  await eventually(async () => assert.deepEqual(await resolver.resolve4('alone.default.svc.cluster.local'), ['10.96.0.77']), {
    within: 20_000,
  })
  assert.ok(dns.running(), dns.words())
})

test('portolan controllers and portolan scheduler follow a cluster by its kubeconfig [OPS-7]', async () => {
  const components = [
    start(['controllers', '--kubeconfig', cluster.kubeconfig]),
    start(['scheduler', '--kubeconfig', cluster.kubeconfig]),
  ]
  await cluster.kubectl('create deployment twice --image=host --replicas=2 -- sleep 60')
  await cluster.kubectl('rollout status deployment/twice --timeout=60s')
  for (const component of components) assert.ok(component.running(), component.words())
  assert.equal((await cluster.kubectl('get pods -l app=twice --no-headers')).trim().split('\n').length, 2)
})

test('every command explains itself with an example, and a wrong one says what to do', async () => {
  for (const command of [
    'up',
    'down',
    'status',
    'node exec',
    'outside exec',
    'demo',
    'apiserver',
    'controllers',
    'scheduler',
    'kubelet',
    'proxy',
    'dns',
  ]) {
    const { stdout } = await run(PORTOLAN, [...command.split(' '), '--help'])
    assert.match(stdout, /Example:\n {2}portolan /, command)
  }
  await assert.rejects(run(PORTOLAN, ['nosuch']), /portolan --help/)
  await assert.rejects(run(PORTOLAN, ['up', '--name', 'Bad Name']), /lower case letters/)
  await assert.rejects(run(PORTOLAN, ['proxy']), /--kubeconfig and --node-name are needed/)
  assert.match(readFileSync(cluster.kubeconfig, 'utf8'), /current-context: portolan/)
})
