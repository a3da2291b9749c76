/** What a cluster is to the host: nothing, once it is gone [OPS-9]. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { prepareCluster } from './cluster.ts'
import { pod, sh as shell, SLEEP } from './pod-kit.ts'

const EXAMPLE = join(import.meta.dirname, '../../examples/kubia')
const sh = (command: string): string => execFileSync('sh', ['-c', command], { encoding: 'utf8' })

/** Everything of the host that a cluster could have touched. */
function host(): Record<string, string> {
  return {
    interfaces: sh('ip -o link | cut -d: -f2'),
    addresses: sh('ip -o addr | cut -c1-60'),
    routes: sh('ip route show table all'),
    rules: sh('nft list ruleset'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').replaceAll(/^\d+ \d+ /gm, ''),
    namespaces: sh('ls /run/netns 2>/dev/null || true'),
    cgroups: sh('find /sys/fs/cgroup -maxdepth 2 -type d | sort'),
    forwarding: readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    resolver: readFileSync('/etc/resolv.conf', 'utf8'),
  }
}

/** The processes whose command line or namespaces show that they belong to the cluster with this data folder. */
function processesOf(data: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data)
    } catch {
      return false
    }
  })
}

/** A Pod with a limit, and so with a cgroup where this machine has some. */
const LIMITED = pod('limited', { ...shell(SLEEP), resources: { limits: { memory: '64Mi' } } })

/** The shells outside the bubble that wait to remove its cgroups: their words hold the folders' name. */
const guardsOf = (data: string): number[] =>
  processesOf(createHash('sha256').update(join(data, 'default')).digest('hex').slice(0, 8)).map(Number)

const start = async () => {
  const before = host()
  const cluster = await prepareCluster()
  const up = await cluster.portolan('up')
  assert.equal(up.code, 0, up.error)
  await cluster.kubectl(`apply -f ${EXAMPLE}`)
  await cluster.kubectl('wait --for=condition=Ready pod -l app=kubia --timeout=60s')
  await cluster.kubectl('create -f -', LIMITED)
  await cluster.kubectl('wait --for=condition=Ready pod limited --timeout=60s')
  assert.notDeepEqual(processesOf(cluster.data), [])
  return { before, cluster }
}

test('after down nothing is left [OPS-9]', async () => {
  const { before, cluster } = await start()
  assert.equal((await cluster.portolan('down')).code, 0)
  assert.deepEqual(host(), before)
  assert.deepEqual(processesOf(cluster.data), [])
  await cluster.remove()
})

test('after kill -9 of the first process nothing is left, and the cluster comes up again [OPS-9] [SVC-2]', async () => {
  const { before, cluster } = await start()
  const ip = await cluster.kubectlWords(['get', 'svc', 'kubia', '-o', 'jsonpath={.spec.clusterIP}'])
  const { pid }: { pid: number } = JSON.parse((await cluster.portolan('status', '-o', 'json')).out)
  process.kill(pid, 'SIGKILL')
  await eventually(() => assert.deepEqual(processesOf(cluster.data), []))
  await eventually(() => assert.deepEqual(host(), before))
  assert.equal((await cluster.portolan('status')).code, 3)
  assert.equal((await cluster.portolan('up')).code, 0)
  assert.equal(await cluster.kubectlWords(['get', 'svc', 'kubia', '-o', 'jsonpath={.spec.clusterIP}']), ip)
  await cluster.remove()
})

test('after kill -9 of everything, the one who would tidy up included, the next up and down leave no cgroup [OPS-9]', async () => {
  const { before, cluster } = await start()
  const { pid }: { pid: number } = JSON.parse((await cluster.portolan('status', '-o', 'json')).out)
  for (const guard of guardsOf(cluster.data)) process.kill(guard, 'SIGKILL')
  process.kill(pid, 'SIGKILL')
  await eventually(() => assert.deepEqual(processesOf(cluster.data), []))
  assert.equal((await cluster.portolan('up')).code, 0)
  assert.equal((await cluster.portolan('down')).code, 0)
  assert.deepEqual(host(), before)
  await cluster.remove()
})

test('a cluster whose folder was deleted is found and taken down all the same [OPS-9]', async () => {
  const { before, cluster } = await start()
  rmSync(cluster.data, { recursive: true })
  assert.match((await cluster.portolan('up')).error, /already running.*stop it with portolan down/)
  assert.match((await cluster.portolan('down')).error, /cluster default is down/)
  assert.deepEqual(processesOf(cluster.data), [])
  assert.deepEqual(host(), before)
  await cluster.remove()
})

test('a second up says that the cluster is running', async () => {
  const cluster = await prepareCluster()
  assert.equal((await cluster.portolan('up', '--nodes', '1')).code, 0)
  const again = await cluster.portolan('up')
  assert.equal(again.code, 1)
  assert.match(again.error, /already running/)
  await cluster.remove()
})
