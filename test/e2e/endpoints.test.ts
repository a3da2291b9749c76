/** Which Pods a Service leads to: unready ones, near ones, and after anything has happened the right ones. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { EndpointSlice, Pod } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const SERVER = "require('http').createServer((q, r) => r.end(require('os').hostname())).listen(8080)"

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const apply = (object: object): Promise<string> => cluster.kubectl('apply -f -', JSON.stringify(object))
const pod = (name: string, spec: object, container: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name.split('-')[0] } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'host', command: ['node', '-e', SERVER], ...container }],
    ...spec,
  },
})
const service = (name: string, spec: object, labels: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, labels },
  spec: { ports: [{ port: 80, targetPort: 8080 }], ...spec },
})
const ipOf = (name: string): Promise<string> => cluster.kubectl(`get svc ${name} -o jsonpath={.spec.clusterIP}`)
const list = async <T>(what: string): Promise<readonly T[]> => JSON.parse(await cluster.kubectl(`get ${what} -o json`)).items
/** Who answers a node so many times; a refused connection is an empty word. */
async function answers(node: string, name: string, times = 8): Promise<string[]> {
  const loop = `for i in $(seq ${times}); do curl -s --max-time 2 http://${await ipOf(name)}/; echo; done`
  const { out } = await cluster.portolan('node', 'exec', node, '--', 'sh', '-c', loop)
  return [...new Set(out.trimEnd().split('\n'))].toSorted()
}

test('a Pod that is not ready is left out, unless its Service publishes it all the same [EPS-5] [EPS-1]', async () => {
  await apply(pod('early', {}, { readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 } }))
  await apply(service('strict', { selector: { app: 'early' } }))
  await apply(service('eager', { selector: { app: 'early' }, publishNotReadyAddresses: true }))
  await eventually(async () => assert.deepEqual(await answers('node1', 'eager', 2), ['early']))
  assert.deepEqual(await answers('node1', 'strict', 2), [''])
  assert.equal(await cluster.kubectl('get pod early -o jsonpath={.status.containerStatuses[0].ready}'), 'false')
})

test("another proxy's Service is left to it, from the moment its label says so [EPS-5]", async () => {
  await apply(pod('plain', {}))
  await apply(service('mine', { selector: { app: 'plain' } }))
  await eventually(async () => assert.deepEqual(await answers('node1', 'mine', 1), ['plain']))
  await cluster.kubectl('label svc mine service.kubernetes.io/service-proxy-name=other')
  await eventually(async () => assert.deepEqual(await answers('node1', 'mine', 1), ['']))
  await cluster.kubectl('label svc mine service.kubernetes.io/service-proxy-name-')
  await eventually(async () => assert.deepEqual(await answers('node1', 'mine', 1), ['plain']))
})

test('with PreferSameNode a node asks its own Pod, and another one only where it has none [EPS-6]', async () => {
  for (const node of ['node1', 'node2']) await apply(pod(`near-${node}`, { nodeName: node }))
  await apply(service('near', { selector: { app: 'near' }, trafficDistribution: 'PreferSameNode' }))
  for (const node of ['node1', 'node2'])
    await eventually(async () => assert.deepEqual(await answers(node, 'near'), [`near-${node}`]))
  await cluster.kubectl('delete pod near-node1')
  await eventually(async () => assert.deepEqual(await answers('node1', 'near'), ['near-node2']))
})

test('whatever was killed while Pods came and went, the slices are the ready Pods in the end [EPS-7] [NET-11] [EPS-2]', async () => {
  const template = pod('many-', {}) as { metadata: object; spec: object }
  await apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'many' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'many' } },
      template: { metadata: { labels: { app: 'many' } }, spec: template.spec },
    },
  })
  await cluster.kubectl('expose deployment many --port=80 --target-port=8080')
  await cluster.kill('control-plane')
  await cluster.kubectl('scale deployment many --replicas=6')
  await cluster.kill('node-agent')
  await eventually(async () => cluster.kubectl('delete pod -l app=many --wait=false'))
  await cluster.kill('control-plane')
  await cluster.kubectl('scale deployment many --replicas=3')
  await cluster.kubectl('rollout status deployment/many --timeout=60s')
  await eventually(
    async () => {
      const pods = await list<Pod>('pods -l app=many')
      const slices = await list<EndpointSlice>('endpointslices -l kubernetes.io/service-name=many')
      const ready = slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready)
      assert.equal(pods.length, 3)
      const addresses = pods.map(({ status }) => status?.podIP ?? '')
      assert.deepEqual(new Set(ready.flatMap((endpoint) => endpoint.addresses)), new Set(addresses))
      const names = pods.map(({ metadata }) => metadata.name ?? '').toSorted()
      for (const node of ['node1', 'node2']) assert.deepEqual(await answers(node, 'many', 24), names)
    },
    { within: 30_000 },
  )
})

test('with topology-mode Auto each zone asks the endpoints that are meant for it, and all where too few are [EPS-6] [POD-6]', async () => {
  for (const [node, zone] of [
    ['node1', 'a'],
    ['node2', 'b'],
  ])
    await cluster.kubectl(`label node ${node} topology.kubernetes.io/zone=${zone}`)
  for (const node of ['node1', 'node2']) await apply(pod(`zonal-${node}`, { nodeName: node }))
  const auto = service('zonal', { selector: { app: 'zonal' } }) as { metadata: object }
  await apply({ ...auto, metadata: { ...auto.metadata, annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } } })
  for (const node of ['node1', 'node2'])
    await eventually(async () => assert.deepEqual(await answers(node, 'zonal'), [`zonal-${node}`]))
  await cluster.kubectl('delete pod zonal-node2')
  await eventually(async () => assert.deepEqual(await answers('node2', 'zonal'), ['zonal-node1']))
  const path = '{range .items[?(@.involvedObject.name=="zonal")]}{.reason} {.message}{"\\n"}{end}'
  const few = 'TopologyAwareHintsDisabled Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4'
  await eventually(async () => {
    const events = await cluster.kubectlWords(['get', 'events', '-o', `jsonpath=${path}`])
    assert.match(events, /TopologyAwareHintsEnabled Topology Aware Hints has been enabled, addressType: IPv4/)
    assert.ok(events.includes(few), events)
  })
})
