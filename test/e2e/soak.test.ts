/**
 * Pods, nodes and Portolan's own processes die at random for a while; then there must be what was asked for, and nothing else:
 * no process, namespace, mount, address or file that belongs to no Pod. SOAK_SEED repeats a run, SOAK_STEPS makes it longer.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { cgroupVersion } from './cgroups.ts'
import { type TestCluster, testCluster } from './cluster.ts'

const SEED = Number(process.env['SOAK_SEED'] ?? randomInt(2 ** 31))
const STEPS = Number(process.env['SOAK_STEPS'] ?? 12)
const NODES = ['node1', 'node2']
/** What every container of this test runs, so that its processes can be told from others'. */
const PAYLOAD = ['sleep', String(100_000 + process.pid)]

let cluster: TestCluster
before(async () => {
  cluster = await testCluster({ nodes: NODES.length })
})
after(() => cluster.remove())

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Whether this machine's cgroups keep containers to their limits. */
const LIMITED = cgroupVersion() !== undefined

const workload = (kind: string, name: string, spec: object): string => {
  const labels = { app: name, soak: 'yes' }
  const containers = [
    {
      name: 'main',
      image: 'host',
      command: PAYLOAD,
      volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
      resources: { limits: { memory: '256Mi' } },
    },
  ]
  const volumes = [{ name: 'scratch', emptyDir: { medium: 'Memory' } }]
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers, volumes } }
  const selector = { matchLabels: { app: name } }
  return JSON.stringify({ apiVersion: 'apps/v1', kind, metadata: { name }, spec: { ...spec, selector, template } })
}

interface Pod {
  readonly metadata: {
    readonly uid: string
    readonly name: string
    readonly namespace: string
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly nodeName: string }
  readonly status: { readonly podIP?: string }
}
const pods = async (): Promise<readonly Pod[]> => JSON.parse(await cluster.kubectl('get pods -l soak=yes -o json')).items as Pod[]

/** Every process of the computer that runs {@link PAYLOAD}, by its id out here. */
const payloads = (): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === PAYLOAD.join('\0'))
    .map(Number)

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '')
  } catch {
    return ''
  }
}

/** What there is inside the cluster's namespaces, seen from the computer. */
async function inventory() {
  const status = await cluster.portolan('status', '-o', 'json')
  assert.equal(status.code, 0, status.error)
  const { pid }: { pid: number } = JSON.parse(status.out)
  const list = (...path: readonly string[]): string[] => {
    const folder = join(`/proc/${pid}/root`, ...path)
    return existsSync(folder) ? readdirSync(folder) : []
  }
  const onNodes = (what: string): string[] => NODES.flatMap((node) => list('run/portolan', node, what))
  const routes = await Promise.all(NODES.map((node) => cluster.portolan('node', 'exec', node, '--', 'ip', 'route')))
  const bubble = readlinkSync(`/proc/${pid}/ns/pid_for_children`)
  return {
    folders: onNodes('pods').sort(),
    cgroups: NODES.flatMap((node) => [
      ...list('sys/fs/cgroup/memory', node, 'kubepods/burstable'),
      ...list('sys/fs/cgroup', node, 'kubepods/burstable'),
    ])
      .filter((name) => name.startsWith('pod'))
      .sort(),
    addresses: routes.flatMap(({ out }) => [...out.matchAll(/^(10\.244\S+) dev veth/gm)].map(([, ip = '']) => ip)).sort(),
    namespaces: list('run/netns').filter((name) => name.startsWith('default_')).length,
    sandboxes: onNodes('sandboxes').length,
    containers: onNodes('crun').length,
    processes: payloads().length,
    wrappers: readdirSync('/proc').filter((one) => /^\d+$/.test(one) && isWrapper(one, bubble)).length,
    memory: readFileSync(`/proc/${pid}/mountinfo`, 'utf8').match(/\/volumes\/scratch\b/g)?.length ?? 0,
    logs: NODES.flatMap((node) => readdirSync(join(cluster.data, 'default/nodes', node, 'logs/pods'))).length,
  }
}

/** Whether a process is one that waits for a container of the cluster whose process namespace is `bubble`. */
function isWrapper(pid: string, bubble: string): boolean {
  try {
    return /^\S*crun\0/.test(commandOf(pid)) && readlinkSync(`/proc/${pid}/ns/pid`) === bubble
  } catch {
    return false
  }
}

/** What there should be for these Pods, each with one container. */
function expected(of: readonly Pod[], { memory }: { readonly memory: number }): Awaited<ReturnType<typeof inventory>> {
  const { length } = of
  return {
    folders: of.map(({ metadata }) => metadata.uid).sort(),
    cgroups: LIMITED ? of.map(({ metadata }) => `pod${metadata.uid}`).sort() : [],
    addresses: of.map(({ status }) => status.podIP ?? '').sort(),
    namespaces: length,
    sandboxes: length,
    containers: length,
    processes: length,
    wrappers: length,
    memory: memory * length,
    logs: length,
  }
}

/** How long a container is held back that was killed five times, with some to spare: 10, 20, 40, 80 seconds; milliseconds. */
const BACK_OFF = 100_000

type Fault = (random: (below: number) => number) => Promise<unknown>
const pick = <T>(list: readonly T[], random: (below: number) => number): T => list[random(list.length)]!
const retried = (command: string): Promise<string> => eventually(() => cluster.kubectl(command), { within: 30_000, every: 200 })
const node = async (verb: string, name: string): Promise<void> => {
  const { code, error } = await cluster.portolan('node', verb, name)
  assert.equal(code, 0, error)
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'delete a Pod': async (random) => {
    const there = await eventually(pods, { within: 30_000, every: 200 })
    if (there.length > 0) await retried(`delete pod --ignore-not-found --wait=false ${pick(there, random).metadata.name}`)
  },
  'kill a container': async (random) => {
    const running = payloads()
    if (running.length > 0) process.kill(pick(running, random), 'SIGKILL')
  },
  'kill the control plane': () => cluster.kill('control-plane'),
  'kill the nodes’ processes': () => cluster.kill('node-agent'),
  'cut a node’s power': async (random) => {
    const name = pick(NODES, random)
    await node('stop', name)
    await node('start', name)
  },
  scale: (random) => retried(`scale deployment/web --replicas=${2 + random(5)}`),
  'roll out': (random) => retried(`set env deployment/web NUMBER=${random(1000)}`),
}

test(`what was asked for comes about and nothing else stays, whatever dies on the way (seed ${SEED}) [POD-6] [EPS-7]`, async () => {
  await cluster.kubectl(
    'apply -f -',
    [
      workload('Deployment', 'web', { replicas: 4 }),
      workload('StatefulSet', 'db', { replicas: 2, serviceName: 'db', podManagementPolicy: 'Parallel' }),
      workload('DaemonSet', 'agent', {}),
    ].join('\n---\n'),
  )
  await settled(4)
  const memory = (await inventory()).memory / (await pods()).length

  const random = randomFrom(SEED)
  for (let step = 1; step <= STEPS; step++) {
    const name = pick(Object.keys(FAULTS), random)
    console.log(`soak ${SEED}: ${step}/${STEPS} ${name}`)
    await FAULTS[name]!(random)
  }
  await retried('scale deployment/web --replicas=5')
  await settled(5)
  await eventually(async () => assert.deepEqual(await inventory(), expected(await pods(), { memory })), {
    within: BACK_OFF,
    every: 200,
  })
  await cluster.kubectl('delete deployment/web statefulset/db daemonset/agent')
  await eventually(async () => assert.deepEqual(await inventory(), expected([], { memory })), { within: 30_000, every: 200 })
})

async function settled(replicas: number): Promise<void> {
  for (const one of ['deployment/web', 'statefulset/db', 'daemonset/agent'])
    await eventually(() => cluster.kubectl(`rollout status ${one} --timeout=20s`), { within: BACK_OFF })
  await eventually(
    async () => {
      const there = await pods()
      assert.equal(there.length, replicas + 2 + NODES.length)
      const ready = await cluster.kubectl('get endpointslices,pods -l soak=yes --no-headers')
      assert.equal((ready.match(/ 1\/1 +Running /g) ?? []).length, there.length, ready)
    },
    { within: 30_000, every: 200 },
  )
}
