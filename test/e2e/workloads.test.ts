/** StatefulSets, Jobs, DaemonSets and hand-made Endpoints, as kubectl's user meets them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const jsonpath = (what: string, path: string): Promise<string> =>
  cluster.kubectlWords(['get', ...what.split(' '), '-o', `jsonpath=${path}`])
const words = async (what: string, path: string): Promise<string[]> =>
  (await jsonpath(what, path)).split(' ').filter(Boolean).sort()
const podNames = (selector: string): Promise<string[]> => words(`pods -l ${selector}`, '{.items[*].metadata.name}')
const apply = (...objects: readonly object[]): Promise<string> =>
  cluster.kubectl('apply -f -', objects.map((object) => JSON.stringify(object)).join('\n---\n'))

const template = (app: string, ...command: readonly string[]) => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'host', command }] },
})

const job = (name: string, spec: object, ...command: readonly string[]) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    ...spec,
    template: {
      spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'host', command }] },
    },
  },
})

test('a StatefulSet has Pods with names that stay, in order, through scaling, loss and updates [POD-2]', async () => {
  await apply(
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db' }, spec: { clusterIP: 'None', selector: { app: 'db' } } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 2,
        selector: { matchLabels: { app: 'db' } },
        template: template('db', 'sleep', '1000'),
      },
    },
  )
  await cluster.kubectl('rollout status statefulset/db --timeout=30s')
  assert.deepEqual(await podNames('app=db'), ['db-0', 'db-1'])
  assert.equal((await cluster.kubectl('exec db-1 -- hostname -f')).trim(), 'db-1.db.default.svc.cluster.local')

  const uid = await jsonpath('pod db-0', '{.metadata.uid}')
  await cluster.kubectl('delete pod db-0')
  await eventually(async () => assert.notEqual(await jsonpath('pod db-0', '{.metadata.uid}'), uid))

  await cluster.kubectl('scale statefulset/db --replicas=3')
  await cluster.kubectl('rollout status statefulset/db --timeout=30s')
  await cluster.kubectl('set env statefulset/db VERSION=2')
  await cluster.kubectl('rollout status statefulset/db --timeout=30s')
  const values = await words('pods -l app=db', '{.items[*].spec.containers[0].env[0].value}')
  assert.deepEqual(values, ['2', '2', '2'])
  await cluster.kubectl('rollout undo statefulset/db')
  await cluster.kubectl('scale statefulset/db --replicas=1')
  await eventually(async () => assert.deepEqual(await podNames('app=db'), ['db-0']))
  await cluster.kubectl('rollout status statefulset/db --timeout=30s')
  assert.deepEqual(await words('controllerrevisions -l app=db', '{.items[*].revision}'), ['2', '3'])
})

test('a Job runs until enough Pods have succeeded, each with its index, or too many have failed [POD-2]', async () => {
  const indexed = { completions: 3, parallelism: 2, completionMode: 'Indexed' }
  await apply(
    job('count', indexed, 'sh', '-c', 'echo $JOB_COMPLETION_INDEX'),
    job('broken', { backoffLimit: 0 }, 'sh', '-c', 'exit 3'),
    job('brief', { ttlSecondsAfterFinished: 0 }, 'true'),
  )
  await cluster.kubectl('wait --for=condition=Complete job/count --timeout=30s')
  assert.deepEqual((await cluster.kubectl('logs -l job-name=count')).trim().split('\n').sort(), ['0', '1', '2'])
  assert.equal(await jsonpath('job count', '{.status.succeeded} {.status.completedIndexes}'), '3 0-2')
  await cluster.kubectl('wait --for=condition=Failed job/broken --timeout=30s')
  assert.equal(await jsonpath('job broken', '{.status.conditions[?(@.type=="Failed")].reason}'), 'BackoffLimitExceeded')
  await cluster.kubectl('wait --for=delete job/brief --timeout=30s')
  await cluster.kubectl('delete job count broken')
  await eventually(async () => assert.deepEqual(await podNames('batch.kubernetes.io/job-name'), []))
})

test('indexes of a Job fail one by one, and a policy says which of them are enough [POD-2]', async () => {
  const indexed = { completions: 4, parallelism: 4, completionMode: 'Indexed', backoffLimitPerIndex: 0 }
  const rules = [{ succeededIndexes: '0' }]
  await apply(
    job('halves', indexed, 'sh', '-c', 'exit $((JOB_COMPLETION_INDEX % 2))'),
    job('led', { ...indexed, successPolicy: { rules } }, 'sh', '-c', 'test $JOB_COMPLETION_INDEX = 0 || sleep 1000'),
  )
  await cluster.kubectl('wait --for=condition=Failed job/halves --timeout=30s')
  assert.equal(await jsonpath('job halves', '{.status.completedIndexes} {.status.failedIndexes}'), '0,2 1,3')
  assert.equal(await jsonpath('job halves', '{.status.conditions[?(@.type=="Failed")].reason}'), 'FailedIndexes')
  await cluster.kubectl('wait --for=condition=Complete job/led --timeout=60s')
  assert.equal(await jsonpath('job led', '{.status.conditions[?(@.type=="Complete")].message}'), 'Matched rules at index 0')
  await cluster.kubectl('delete job halves led')
})

const deployment = (name: string, replicas: number, spec: object = {}) => {
  const { metadata, spec: podSpec } = template(name, 'sleep', '1000')
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata, spec: { ...podSpec, ...spec } } },
  }
}

test('a rollout that is stuck is scaled in proportion, and undone [POD-2]', async () => {
  await apply(deployment('slow', 4))
  await cluster.kubectl('rollout status deployment/slow --timeout=30s')
  await apply(deployment('slow', 4, { nodeSelector: { no: 'such' } }))
  const sizes = (): Promise<string[]> => words('replicasets -l app=slow', '{.items[*].spec.replicas}')
  await eventually(async () => assert.deepEqual(await sizes(), ['2', '3']))
  await cluster.kubectl('scale deployment/slow --replicas=8')
  await eventually(async () => assert.deepEqual(await sizes(), ['4', '6']))
  await cluster.kubectl('rollout undo deployment/slow')
  await cluster.kubectl('rollout status deployment/slow --timeout=30s')
  await eventually(async () => assert.deepEqual(await sizes(), ['0', '8']))
  await cluster.kubectl('delete deployment slow')
})

test('a Deployment says why its Pods can not be made, until they can [POD-2]', async () => {
  await apply(deployment('unknown', 1, { serviceAccountName: 'nobody' }))
  const failure = (): Promise<string> =>
    jsonpath('deployment unknown', '{.status.conditions[?(@.type=="ReplicaFailure")].message}')
  await eventually(async () => assert.match(await failure(), /serviceaccount "nobody" not found/))
  await cluster.kubectl('create serviceaccount nobody')
  await cluster.kubectl('wait --for=condition=Available deployment/unknown --timeout=30s')
  await eventually(async () => assert.equal(await failure(), ''))
  await cluster.kubectl('delete deployment unknown')
})

test('a DaemonSet has a Pod on every node that may have one [POD-2]', async () => {
  await apply({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent', 'sleep', '1000') },
  })
  await cluster.kubectl('rollout status daemonset/agent --timeout=30s')
  const nodes = (): Promise<string[]> => words('pods -l app=agent', '{.items[*].spec.nodeName}')
  assert.deepEqual(await nodes(), ['node1', 'node2'])
  await cluster.kubectl('taint node node2 special=yes:NoExecute')
  await eventually(async () => assert.deepEqual(await nodes(), ['node1']))
  await cluster.kubectl('taint node node2 special-')
  await cluster.kubectl('set env daemonset/agent VERSION=2')
  await cluster.kubectl('rollout status daemonset/agent --timeout=30s')
  await eventually(async () => assert.deepEqual(await nodes(), ['node1', 'node2']))
})

test('Endpoints made by hand are mirrored, until the Service has a selector [EPS-4]', async () => {
  const service = (selector?: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'far' },
    spec: { ports: [{ port: 80 }], ...(selector ? { selector } : {}) },
  })
  const subsets = [{ addresses: [{ ip: '10.4.5.6' }], ports: [{ port: 9376 }] }]
  await apply(service(), { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'far' }, subsets })
  const mirror = 'endpointslices -l endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io'
  const mirrored = (): Promise<string> => jsonpath(mirror, '{.items[*].endpoints[*].addresses[0]}')
  await eventually(async () => assert.equal(await mirrored(), '10.4.5.6'))
  await apply(service({ app: 'far' }))
  await eventually(async () => assert.equal(await mirrored(), ''))
})
