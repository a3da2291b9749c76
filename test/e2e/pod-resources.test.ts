/** What Pods may use: limits of memory and CPU in a real cluster, and what becomes of who wants more. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { cgroupVersion } from './cgroups.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
const { create, whenReady, inPod, field, eventsOf } = podKit(() => cluster)

before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const [first, second] = [cgroupVersion() === 1, cgroupVersion() === 2]
const NEEDED = {
  skip: first || second ? false : 'NOT TESTED: this machine hands down no cgroup controllers; run the tests on one that does',
}

const limited = (limits: Record<string, string>, requests: Record<string, string> = {}) => ({ resources: { limits, requests } })
const HUNGRY = 'tail /dev/zero'
const ended = (name: string): Promise<string> =>
  field(name, '{.status.containerStatuses[0].state.terminated.reason} {.status.containerStatuses[0].state.terminated.exitCode}')
const condition = (path: string): Promise<string> =>
  cluster.kubectlWords(['get', 'node', 'node1', '-o', `jsonpath={.status.conditions[?(@.type=="ResourceLimits")].${path}}`])

test('the node says whether it keeps containers to their limits, and what is missing where it does not [POD-4]', async () => {
  assert.equal(await condition('status'), first || second ? 'True' : 'False')
  assert.match(await condition('message'), first || second ? /^containers are kept to their limits/ : /\/sys\/fs\/cgroup/)
})

test('a program that wants more memory than it may have is OOMKilled, and started again later [POD-4]', NEEDED, async () => {
  const hungry = { command: ['tail', '/dev/zero'], ...limited({ memory: '16Mi' }) }
  await create(pod('hungry', hungry, { restartPolicy: 'Never' }), pod('hungry-for-ever', hungry))
  await eventually(async () => assert.equal(await ended('hungry'), 'OOMKilled 137'))
  assert.equal(await field('hungry', '{.status.phase}'), 'Failed')
  const again = '{.status.containerStatuses[0].state.waiting.reason} {.status.containerStatuses[0].lastState.terminated.reason}'
  await eventually(async () => assert.equal(await field('hungry-for-ever', again), 'CrashLoopBackOff OOMKilled'))
  await cluster.kubectl('delete pod hungry hungry-for-ever')
})

test(
  'whose child is killed for its memory is OOMKilled with its own exit code; who stays below is not [POD-4]',
  NEEDED,
  async () => {
    const parent = { ...sh(`${HUNGRY}; exit 3`), ...limited({ memory: '16Mi' }) }
    const modest = { ...sh('exit 4'), ...limited({ memory: '16Mi' }) }
    await create(pod('parent', parent, { restartPolicy: 'Never' }), pod('modest', modest, { restartPolicy: 'Never' }))
    await eventually(async () => assert.match(await ended('parent'), second ? /^OOMKilled (3|137)$/ : /^OOMKilled 3$/))
    await eventually(async () => assert.equal(await ended('modest'), 'Error 4'))
    await cluster.kubectl('delete pod parent modest')
  },
)

test(
  'a container sees its own limits at the root of its cgroups, and so does what is run in it [POD-4] [POD-5]',
  NEEDED,
  async () => {
    await create(pod('limited', { ...sh(SLEEP), ...limited({ memory: '64Mi', cpu: '500m' }, { cpu: '100m', memory: '32Mi' }) }))
    await whenReady('limited')
    const files = second
      ? ['memory.max', 'cpu.max', 'cpu.weight']
      : ['memory/memory.limit_in_bytes', 'cpu/cpu.cfs_quota_us', 'cpu/cpu.shares']
    const seen = await inPod('limited', `cd /sys/fs/cgroup; cat ${files.join(' ')}`)
    assert.deepEqual(seen.trim().split('\n'), second ? ['67108864', '50000 100000', '17'] : ['67108864', '50000', '102'])
    await assert.rejects(inPod('limited', `: >/sys/fs/cgroup/${files[0]}`), /Read-only file system/)
    const killed = await inPod('limited', `${HUNGRY}; echo $?`).catch((error: Error) => error.message)
    assert.match(killed, /137/)
    assert.equal(await field('limited', '{.status.containerStatuses[0].restartCount}'), '0')
  },
)

test('containers of a Pod share what the Pod as a whole may have [POD-4]', NEEDED, async () => {
  const containers = ['a', 'b'].map((name) => ({ name, image: 'host', ...sh(SLEEP), ...limited({ memory: '32Mi' }) }))
  await create(pod('shared', {}, { containers }))
  await whenReady('shared')
  const uid = await field('shared', '{.metadata.uid}')
  const folder = second ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory'
  const file = `${folder}/node1/kubepods/burstable/pod${uid}/${second ? 'memory.max' : 'memory.limit_in_bytes'}`
  const { pid }: { pid: number } = JSON.parse((await cluster.portolan('status', '-o', 'json')).out)
  const first = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]
  assert.equal(readFileSync(`/proc/${first}/root${file}`, 'utf8').trim(), String(64 << 20))
})

test('a Pod may say for all of its containers together what they may have [POD-4]', NEEDED, async () => {
  const containers = ['a', 'b'].map((name) => ({ name, image: 'host', ...sh(SLEEP) }))
  await create(pod('together', {}, { containers, resources: { limits: { memory: '48Mi' }, requests: { memory: '32Mi' } } }))
  await whenReady('together')
  assert.equal(await field('together', '{.status.qosClass}'), 'Burstable')
  const eat = ['exec', 'together', '-c', 'a', '--', 'sh', '-c', `${HUNGRY}; echo $?`]
  assert.match(await cluster.kubectlWords(eat).catch((error: Error) => error.message), /137/)
})

test('the less a container asked for, the sooner it goes when the machine has no memory left [POD-4]', async () => {
  const score = (name: string): Promise<string> => inPod(name, 'cat /proc/1/oom_score_adj')
  await create(
    pod('asks-for-nothing', sh(SLEEP)),
    pod('asks-for-little', { ...sh(SLEEP), ...limited({}, { memory: '1Mi' }) }),
    pod('has-its-share', { ...sh(SLEEP), ...limited({ memory: '32Mi', cpu: '100m' }) }),
  )
  await whenReady('asks-for-nothing', 'asks-for-little', 'has-its-share')
  assert.equal(await score('asks-for-nothing'), '1000\n')
  assert.equal(await score('asks-for-little'), '999\n')
  // -997, where this machine lets anybody be spared.
  assert.ok(Number(await score('has-its-share')) <= 0)
})

test('a Pod that somebody put on a node by hand is refused when there is no room, in upstream’s words [POD-4]', async () => {
  const greedy = { ...sh(SLEEP), ...limited({}, { cpu: '1000' }) }
  const ported = { ...sh(SLEEP), ports: [{ containerPort: 80, hostPort: 8080 }] }
  await create(pod('greedy', greedy, { nodeName: 'node1' }), pod('ported', ported))
  await whenReady('ported')
  await create(
    pod('ported-too', ported, { nodeName: 'node1' }),
    pod('elsewhere', sh(SLEEP), { nodeName: 'node1', nodeSelector: { zone: 'z' } }),
  )
  const refused = (name: string): Promise<string> => field(name, '{.status.phase} {.status.reason}: {.status.message}')
  const tooMuch =
    /^Failed OutOfcpu: Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: \d+, capacity: \d+$/
  await eventually(async () => {
    assert.match(await refused('greedy'), tooMuch)
    assert.match(
      await refused('ported-too'),
      /^Failed NodePorts: Pod was rejected: Predicate NodePorts failed: node\(s\) didn't have free/,
    )
    assert.match(
      await refused('elsewhere'),
      /^Failed NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node\(s\) didn't match/,
    )
  })
  assert.match(await cluster.kubectl('get pod greedy ported-too'), /greedy +0\/1 +OutOfcpu .*\nported-too +0\/1 +NodePorts /)
  assert.match(await eventsOf('greedy'), /^Warning OutOfcpu {2}Node didn't have enough resource: cpu, requested/m)
})
