/** Jobs in the situations that upstream's own end-to-end tests make. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Job, Pod } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { objectKit, podSpec } from './object-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, get, list, patch } = objectKit(() => cluster)
const podsOf = (job: string): Promise<readonly Pod[]> => list<Pod>(`pods -l job-name=${job}`)
const job = (name: string, spec: object, ...command: readonly string[]) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { ...spec, template: { spec: podSpec({ restartPolicy: 'Never' }, ...command) } },
})
const ended = (name: string, how: string): Promise<string> =>
  cluster.kubectl(`wait --for=condition=${how} job/${name} --timeout=30s`)
const condition = async (name: string, type: string) =>
  (await get<Job>(`job/${name}`)).status?.conditions?.find((each) => each.type === type)
const INDEXED = { completionMode: 'Indexed', completions: 3, parallelism: 3 }
const rule = (action: string, ...values: readonly number[]) => ({ action, onExitCodes: { operator: 'In', values } })

test('a failure policy ends a Job, ignores a failure, or gives an index up [POD-2]', async () => {
  const policy = (...rules: readonly object[]) => ({ podFailurePolicy: { rules } })
  await create(
    job('final', { ...policy(rule('FailJob', 3)), backoffLimit: 5 }, 'sh', '-c', 'exit 3'),
    job(
      'index',
      { ...INDEXED, ...policy(rule('FailIndex', 4)), backoffLimitPerIndex: 1 },
      'sh',
      '-c',
      'exit $((JOB_COMPLETION_INDEX * 4))',
    ),
  )
  await ended('final', 'Failed')
  const [pod] = await podsOf('final')
  const why = await condition('final', 'Failed')
  const name = `default/${pod?.metadata.name}`
  assert.equal(why?.reason, 'PodFailurePolicy')
  assert.equal(why.message, `Container main for pod ${name} failed with exit code 3 matching FailJob rule at index 0`)
  assert.match(await eventsOf('Job/final'), /Warning PodFailurePolicy Container main/)
  await eventually(async () => assert.equal((await get<Job>('job/index')).status?.failedIndexes, '1'))
  await cluster.kubectl('delete job final index')
})

test('a Pod that is evicted does not count where disruptions are ignored [POD-2]', async () => {
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }]
  await create(job('evicted', { podFailurePolicy: { rules }, backoffLimit: 0 }, 'sh', '-c', 'exec sleep 1000'))
  await eventually(async () => assert.equal((await podsOf('evicted'))[0]?.status?.phase, 'Running'))
  const [pod] = await podsOf('evicted')
  const { name = '' } = pod?.metadata ?? {}
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } }
  await cluster.kubectlWords(
    ['create', '--raw', `/api/v1/namespaces/default/pods/${name}/eviction`, '-f', '-'],
    JSON.stringify(eviction),
  )
  await eventually(async () => {
    const { status } = await get<Job>('job/evicted')
    assert.deepEqual([status?.failed, status?.conditions], [undefined, undefined])
    assert.ok((await podsOf('evicted')).every(({ metadata }) => metadata.name !== name))
  })
  await cluster.kubectl('delete job evicted')
})

test('a Job is suspended and goes on, and its Pods with it [POD-2]', async () => {
  await create(job('pause', { suspend: true, completions: 1 }, 'sleep', '1000'))
  await eventually(async () => assert.equal((await condition('pause', 'Suspended'))?.status, 'True'))
  assert.deepEqual(await podsOf('pause'), [])
  await patch('job pause', { spec: { suspend: false } })
  await eventually(async () => assert.equal((await podsOf('pause')).length, 1))
  assert.equal((await condition('pause', 'Suspended'))?.status, 'False')
  await patch('job pause', { spec: { suspend: true } })
  await eventually(async () => assert.deepEqual(await podsOf('pause'), []))
  assert.equal((await get<Job>('job/pause')).status?.failed, undefined)
  const events = await eventsOf('Job/pause')
  assert.match(events, /Normal Suspended Job suspended/)
  assert.match(events, /Normal Resumed Job resumed/)
  await cluster.kubectl('delete job pause')
})

test('a deadline stops a Job, which says how many Pods it has lost [POD-2]', async () => {
  await create(job('late', { activeDeadlineSeconds: 1, parallelism: 2, completions: 2 }, 'sleep', '1000'))
  await ended('late', 'Failed')
  const { status } = await get<Job>('job/late')
  assert.equal((await condition('late', 'Failed'))?.reason, 'DeadlineExceeded')
  assert.deepEqual([status?.failed, status?.active, status?.terminating], [2, undefined, 0])
  await cluster.kubectl('delete job late')
})

test('an Indexed Job grows and shrinks, and finishes with what it is asked for then [POD-2]', async () => {
  await create(
    job(
      'elastic',
      { ...INDEXED, parallelism: 2, completions: 2 },
      'sh',
      '-c',
      'test $JOB_COMPLETION_INDEX = 0 || exec sleep 1000',
    ),
  )
  const size = (n: number): Promise<string> => patch('job elastic', { spec: { completions: n, parallelism: n } })
  await size(3)
  await eventually(async () => assert.equal((await get<Job>('job/elastic')).status?.completedIndexes, '0'))
  await eventually(async () => assert.equal((await podsOf('elastic')).length, 3))
  await size(1)
  await ended('elastic', 'Complete')
  assert.equal((await get<Job>('job/elastic')).status?.succeeded, 1)
  await cluster.kubectl('delete job elastic')
})

test('Pods that match are taken in, and let go when they no longer do [POD-2]', async () => {
  await create(job('adopt', { completions: 2, parallelism: 2 }, 'sleep', '1000'))
  await eventually(async () => assert.equal((await podsOf('adopt')).length, 2))
  const [pod] = await podsOf('adopt')
  const name = pod?.metadata.name ?? ''
  await patch(`pod ${name}`, { metadata: { ownerReferences: null } })
  await eventually(async () => assert.equal((await get<Pod>(`pod/${name}`)).metadata.ownerReferences?.[0]?.kind, 'Job'))
  await patch(`pod ${name}`, { metadata: { labels: null } })
  await eventually(async () => {
    const { ownerReferences, finalizers } = (await get<Pod>(`pod/${name}`)).metadata
    assert.deepEqual([ownerReferences, finalizers], [undefined, undefined])
  })
  await eventually(async () => assert.equal((await podsOf('adopt')).length, 2))
  await cluster.kubectl(`delete job/adopt pod/${name}`)
})

test('a Job that somebody else manages is left alone, and an ended one goes when its time has come [POD-2]', async () => {
  await create(job('others', { managedBy: 'example.com/me' }, 'true'), job('brief', { ttlSecondsAfterFinished: 1 }, 'true'))
  await cluster.kubectl('wait --for=delete job/brief --timeout=20s')
  await eventually(async () => assert.deepEqual(await podsOf('brief'), []))
  assert.deepEqual([await podsOf('others'), (await get<Job>('job/others')).status?.startTime], [[], undefined])
  await cluster.kubectl('delete job others')
})
