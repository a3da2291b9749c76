/** Where Pods go, and what they are told when they can go nowhere, as kubectl's user meets it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
  const added = await cluster.portolan('node', 'add', 'node3', '--zone', 'west')
  assert.equal(added.code, 0, added.error)
  await cluster.kubectl('label nodes node1 node2 topology.kubernetes.io/zone=east')
})
after(() => cluster.remove())

const jsonpath = (what: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath=${path}`])
const nodesOf = async (selector: string): Promise<string[]> =>
  (await jsonpath(`pods -l ${selector}`, '{.items[*].spec.nodeName}')).split(' ').filter(Boolean).sort()
const scheduled = (name: string): Promise<string> =>
  jsonpath(`pod ${name}`, '{range .status.conditions[?(@.type=="PodScheduled")]}{.reason}: {.message}{end}')

const deployment = (app: string, replicas: number, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: app },
  spec: {
    replicas,
    selector: { matchLabels: { app } },
    template: {
      metadata: { labels: { app } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'host', command: ['sleep', '1000'] }],
        ...spec,
      },
    },
  },
})
const create = (...objects: readonly object[]): Promise<string> =>
  cluster.kubectl('create -f -', objects.map((object) => JSON.stringify(object)).join('\n---\n'))

test('Pods that shun each other have a node each, and the one too many is told why until a node is free [POD-2]', async () => {
  const podAffinityTerm = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'alone' } } }
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [podAffinityTerm] } }
  await create(deployment('alone', 4, { affinity }))
  await eventually(async () => assert.deepEqual(await nodesOf('app=alone'), ['node1', 'node2', 'node3']))
  const pending = (): Promise<string> =>
    cluster.kubectlWords(['get', 'pods', '-l', 'app=alone', '--field-selector=spec.nodeName=', '-o', 'name'])
  const name = (await pending()).trim().replace('pod/', '')
  const message =
    "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. " +
    'preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.'
  await eventually(async () => assert.equal(await scheduled(name), `Unschedulable: ${message}`))
  await eventually(async () => {
    const events = await cluster.kubectl(`events --for=pod/${name} --types=Warning --no-headers`)
    assert.ok(events.includes('FailedScheduling') && events.includes(message), events)
  })
  await cluster.kubectl('scale deployment/alone --replicas=3')
  await cluster.kubectl('rollout status deployment/alone --timeout=30s')
  assert.deepEqual(await nodesOf('app=alone'), ['node1', 'node2', 'node3'])
})

test('Pods are spread over zones as they ask, and company is kept [POD-2]', async () => {
  const spread = {
    maxSkew: 1,
    topologyKey: 'topology.kubernetes.io/zone',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'even' } },
  }
  await create(deployment('even', 4, { topologySpreadConstraints: [spread] }))
  await cluster.kubectl('rollout status deployment/even --timeout=30s')
  assert.equal((await nodesOf('app=even')).filter((node) => node === 'node3').length, 2)
  const podAffinityTerm = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'host' } } }
  await create(
    deployment('host', 1, { nodeSelector: { 'kubernetes.io/hostname': 'node2' } }),
    deployment('guest', 3, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [podAffinityTerm] } } }),
  )
  await cluster.kubectl('rollout status deployment/guest --timeout=30s')
  assert.deepEqual(await nodesOf('app=guest'), ['node2', 'node2', 'node2'])
})

test('a Pod waits for a label, for a taint to go, and for its gates to open [POD-2]', async () => {
  const pod = (name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { ...deployment(name, 1, spec).spec.template.spec },
  })
  await create(pod('picky', { nodeSelector: { disk: 'ssd' } }), pod('gated', { schedulingGates: [{ name: 'example.com/wait' }] }))
  await eventually(async () => assert.match(await scheduled('picky'), /3 node\(s\) didn't match Pod's node affinity\/selector/))
  assert.match(await cluster.kubectl('get pod gated --no-headers'), /SchedulingGated/)
  await cluster.kubectl('taint node node2 special=yes:NoSchedule')
  await cluster.kubectl('label node node2 disk=ssd')
  await eventually(async () => assert.match(await scheduled('picky'), /: 1 node\(s\) had untolerated taint\(s\), 2 node/))
  await cluster.kubectl('taint node node2 special-')
  await cluster.kubectl('wait --for=condition=Ready pod/picky --timeout=30s')
  await cluster.kubectlWords(['patch', 'pod', 'gated', '--type=merge', '-p', '{"spec":{"schedulingGates":null}}'])
  await cluster.kubectl('wait --for=condition=Ready pod/gated --timeout=30s')
})
