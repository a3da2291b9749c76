/** Services of type LoadBalancer, affinity and the policy Local on a whole cluster, asked by the laptop outside. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubia')

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  await cluster.kubectl(`create -f ${EXAMPLE}`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
})
after(() => cluster.remove())

const expose = (name: string): Promise<string> =>
  cluster.kubectl(`expose rs kubia --name ${name} --type LoadBalancer --port 80 --target-port 8080`)
const field = (name: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', 'svc', name, '-o', `jsonpath=${path}`])
const addressOf = (name: string): Promise<string> =>
  eventually(async () => {
    const ip = await field(name, '{.status.loadBalancer.ingress[0].ip}')
    assert.match(ip, /^192\.168\.1\.\d+$/)
    return ip
  })
const patch = (name: string, spec: object): Promise<string> =>
  cluster.kubectlWords(['patch', 'svc', name, '--type', 'merge', '-p', JSON.stringify({ spec })])
/** Who answers so many requests from outside. */
async function answers(url: string, times = 12): Promise<Set<string>> {
  const loop = `i=0; while [ $i -lt ${times} ]; do curl -s --max-time 2 ${url} || echo failed; i=$((i+1)); done`
  const { out } = await cluster.outside('sh', '-c', loop)
  return new Set(out.trim().split('\n'))
}
const answered = (url: string): Promise<void> =>
  eventually(async () => assert.match((await cluster.outside('curl', '-s', '--max-time', '2', url)).out, /You've hit/))

test('ten Services on port 80 have ten addresses that answer outside [NET-5] [SVC-3]', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `balanced-${i}`)
  await Promise.all(names.map(expose))
  const addresses = await Promise.all(names.map(addressOf))
  assert.equal(new Set(addresses).size, 10)
  for (const address of addresses) await answered(`http://${address}`)
  assert.match(await cluster.kubectl('get svc balanced-0'), new RegExp(`LoadBalancer +\\S+ +${addresses[0]} +80:3`))
})

test('the address is told in an Event, kept by the status and guarded by a finalizer [NET-5]', async () => {
  const address = await addressOf('balanced-0')
  assert.equal(await field('balanced-0', '{.status.loadBalancer.ingress[0].ipMode}'), 'VIP')
  assert.equal(await field('balanced-0', '{.metadata.finalizers[*]}'), 'service.kubernetes.io/load-balancer-cleanup')
  await eventually(async () =>
    assert.match(await cluster.kubectl('describe svc balanced-0'), new RegExp(`EnsuredLoadBalancer.*${address}, from the pool`)),
  )
})

test('a wanted address is given, one outside of the pool is refused with the reason [NET-5]', async () => {
  await patch('balanced-1', { loadBalancerIP: '192.168.1.100' })
  await eventually(async () => assert.equal(await addressOf('balanced-1'), '192.168.1.100'))
  await answered('http://192.168.1.100')
  await patch('balanced-2', { loadBalancerIP: '203.0.113.7' })
  await eventually(async () =>
    assert.match(await cluster.kubectl('describe svc balanced-2'), /SyncLoadBalancerFailed.*203\.0\.113\.7 is not in the pool/),
  )
})

test('another type gives the address back, and a deleted Service goes [NET-5] [SVC-6]', async () => {
  await patch('balanced-3', { type: 'ClusterIP' })
  await eventually(async () =>
    assert.equal(await field('balanced-3', '{.status.loadBalancer.ingress}{.metadata.finalizers}'), ''),
  )
  await cluster.kubectl('delete svc balanced-4 --timeout=20s')
})

test('a client outside keeps its Pod through a load balancer address with affinity [NET-8] [SVC-10]', async () => {
  await patch('balanced-0', { sessionAffinity: 'ClientIP' })
  const url = `http://${await addressOf('balanced-0')}`
  await eventually(async () => assert.equal((await answers(url)).size, 1))
  const { out } = await cluster.portolan('affinity', 'svc/balanced-0')
  assert.match(out, /^192\.168\.1\.10 +192\.168\.1\.\d+:80\/tcp +kubia-\w+ +10\.244\.\d+\.\d+:8080 +node[12] +\d+$/m)
})

test("a node's proxy says that it is well, and what it has done [NET-7]", async () => {
  const { out } = await cluster.outside('curl', '-s', 'http://192.168.1.2:10256/healthz')
  assert.match(out, /"nodeEligible":true,"healthy":true,"status":\{"IPv4":\{/)
  const metrics = await cluster.portolan('node', 'exec', 'node1', '--', 'curl', '-s', 'http://127.0.0.1:10249/metrics')
  assert.match(metrics.out, /^kubeproxy_network_programming_duration_seconds_count\{ip_family="IPv4"\} [1-9]/m)
})

test('under the policy Local the health check says which node has endpoints [NET-7] [SVC-8]', async () => {
  await patch('balanced-5', { externalTrafficPolicy: 'Local' })
  const port = await field('balanced-5', '{.spec.healthCheckNodePort}')
  const check = async (node: string): Promise<string> =>
    (await cluster.outside('curl', '-s', '-w', ' %{http_code}', `http://${node}:${port}/healthz`)).out
  await eventually(async () => assert.match(await check('192.168.1.2'), /"localEndpoints": [12],[^]* 200$/))
  await cluster.kubectl('scale rs kubia --replicas=0')
  await eventually(async () => assert.match(await check('192.168.1.2'), /"localEndpoints": 0,[^]* 503$/))
})

test('when the cable of the node that answers is cut, another answers within a second or so, long before the API knows [NET-5] [POD-6]', async (t) => {
  // Pods on both nodes, of which the API believes for a while that all are well.
  await cluster.kubectl('scale rs kubia --replicas=4')
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
  const address = await addressOf('balanced-6')
  await answered(`http://${address}`)
  const { out } = await cluster.outside('ip', 'neigh', 'show', address)
  const mac = /lladdr (\S+)/.exec(out)?.[1] ?? ''
  const links = await Promise.all(
    ['node1', 'node2'].map((node) => cluster.portolan('node', 'exec', node, '--', 'ip', 'link', 'show', 'eth0')),
  )
  const answering = links.findIndex((link) => link.out.includes(mac)) + 1
  assert.notEqual(answering, 0, out)
  const cable = (state: 'up' | 'down') =>
    cluster.portolan('node', 'exec', `node${answering}`, '--', 'ip', 'link', 'set', 'eth0', state)
  await cable('down')
  const began = performance.now()
  await eventually(
    async () => assert.match((await cluster.outside('curl', '-s', '--max-time', '0.3', `http://${address}`)).out, /You've hit/),
    { within: 20_000 },
  )
  t.diagnostic(`answered again after ${(performance.now() - began).toFixed(0)} ms`)
  assert.match(await cluster.kubectl(`get node node${answering}`), / Ready /)
  await cable('up')
  await cluster.portolan('node', 'exec', `node${answering}`, '--', 'ip', 'route', 'replace', 'default', 'via', '192.168.1.1')
  await answered(`http://${address}`)
})
