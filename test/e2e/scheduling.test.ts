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
    'no new claims to deallocate, preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.'
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

test('Pods are let in while what they ask for is there, with their overhead [POD-2]', async () => {
  const capacity = JSON.stringify({ status: { capacity: { 'example.com/slot': '3' } } })
  await cluster.kubectlWords(['patch', 'node', 'node1', '--subresource=status', '--type=merge', '-p', capacity])
  await eventually(async () => assert.match(await jsonpath('node node1', '{.status.allocatable}'), /"example.com\/slot":"3"/), {
    within: 30_000,
  })
  const slots = (name: string, spec: object = {}) => {
    const { spec: template } = deployment(name, 1, spec).spec.template
    const resources = { limits: { 'example.com/slot': '1' } }
    const containers = template.containers.map((container) => ({ ...container, resources }))
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { ...template, containers } }
  }
  const overhead = { 'example.com/slot': '1' }
  await create(slots('slot-1', { overhead }))
  await eventually(async () => assert.equal(await jsonpath('pod slot-1', '{.spec.nodeName}'), 'node1'))
  await create(slots('slot-2', { overhead }))
  await eventually(async () =>
    assert.match(await scheduled('slot-2'), /^Unschedulable: 0\/3 nodes are available: 3 Insufficient example.com\/slot\./),
  )
  await create(slots('slot-3'))
  await eventually(async () => assert.equal(await jsonpath('pod slot-3', '{.spec.nodeName}'), 'node1'))
  await cluster.kubectl('delete pod slot-1')
  await eventually(async () => assert.equal(await jsonpath('pod slot-2', '{.spec.nodeName}'), 'node1'))
})

test('the same host port is had twice on other addresses and protocols, not on the same [POD-2]', async () => {
  const { spec: template } = deployment('port', 1, { nodeSelector: { 'kubernetes.io/hostname': 'node2' } }).spec.template
  const listens = (name: string, hostIP: string, protocol: string) => {
    const ports = [{ containerPort: 8080, hostPort: 54321, hostIP, protocol }]
    const containers = template.containers.map((container) => ({ ...container, ports }))
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'port' } }, spec: { ...template, containers } }
  }
  await create(
    listens('port-1', '127.0.0.1', 'TCP'),
    listens('port-2', '127.0.0.2', 'TCP'),
    listens('port-3', '127.0.0.2', 'UDP'),
  )
  await eventually(async () => assert.deepEqual(await nodesOf('app=port'), ['node2', 'node2', 'node2']))
  await create(listens('port-4', '0.0.0.0', 'TCP'))
  const message =
    "1 node(s) didn't have free ports for the requested pod ports, 2 node(s) didn't match Pod's node affinity/selector."
  await eventually(async () => assert.ok((await scheduled('port-4')).includes(message)))
})

test('Events of the scheduler say what was done, and when to the microsecond [POD-2]', async () => {
  const path = '{range .items[?(@.reason=="Scheduled")]}{.action} {.reportingComponent} {.eventTime}{"\\n"}{end}'
  const [line = ''] = (await jsonpath('events', path)).split('\n')
  assert.match(line, /^Binding default-scheduler .*\.\d{6}Z$/)
})

test('a Pod says what is the matter with the claims that it mounts, and runs nowhere before they are bound [POD-2]', async () => {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
  const { spec } = deployment('claiming', 1, { volumes }).spec.template
  await create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'claiming' }, spec })
  const says = (what: string): Promise<void> =>
    eventually(async () =>
      assert.ok((await scheduled('claiming')).startsWith(`Unschedulable: 0/3 nodes are available: ${what}. no new`)),
    )
  await says('persistentvolumeclaim "data" not found')
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
  await create({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: claim })
  await says('pod has unbound immediate PersistentVolumeClaims')
  await cluster.kubectl('delete pod claiming')
})
