/**
 * Services from the API to the packet: a cold start, a Service added among thousands, and what a Service address costs
 * against the Pod's own. Each figure stands beside something measured in the same run.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { services } from '../src/api/index.ts'
import { percentiles, table } from './report.ts'
import { benchCluster, type BenchCluster } from './services/cluster.ts'
import { collisions } from './services/collisions.ts'
import { createService, startPods } from './services/pods.ts'

const MANY = 10_000
const SAMPLES = 200
const WRITERS = 32
const NODE = 'node1'
/** Milliseconds after which a cluster counts as idle. */
const SETTLED = 4_000
const script = (name: string): string => join(import.meta.dirname, 'services', name)

const cluster = await benchCluster()
try {
  const rows = [
    ...(await coldStart(cluster)),
    ...(await throughput(cluster)),
    ...(await collisions(cluster)),
    ...(await addedAmongMany(cluster)),
  ]
  process.stdout.write(table(rows))
} finally {
  await cluster.remove()
}

type Row = readonly [string, string]

async function coldStart(cluster: BenchCluster): Promise<Row[]> {
  const prober = startProber(cluster)
  const began = performance.now()
  await startPods(cluster.client, ['first'])
  const answered = await whenAnswered(prober, (await createService(cluster.client, 'first', 'first')).spec?.clusterIP ?? '')
  prober.kill()
  const toAnswer = performance.now() - began
  await delay(SETTLED)
  const idle = cluster.memory()
  return [
    ['cold up of two nodes', `${cluster.upMillis.toFixed(0)} ms`],
    [
      '… and a Pod started, a Service made and answered',
      `${(cluster.upMillis + toAnswer).toFixed(0)} ms (${answered.toFixed(1)} ms from the API's answer)`,
    ],
    [
      'memory, idle, every process',
      `${idle.proportional.toFixed(0)} MB resident (${idle.summed.toFixed(0)} MB if shared pages count per process)`,
    ],
  ]
}

/**
 * From a Pod on one node to Pods on the other: one by its own address, its twin by its Service's. A connection to one and the
 * same Pod by both ways would meet the other way's entries in the connection table.
 */
async function throughput(cluster: BenchCluster): Promise<Row[]> {
  const { client } = cluster
  await startPods(client, ['client'], 'node1')
  const all = await startPods(client, ['left', 'right'], 'node2')
  const ipOf = (name: string): string => all.find((pod) => pod.metadata.name === name)?.status?.podIP ?? ''
  const addresses = await Promise.all(
    ['left', 'right'].map(async (name) => (await createService(client, name, name)).spec?.clusterIP),
  )
  const rates: Record<'direct' | 'service', number[]> = { direct: [], service: [] }
  for (const [direct, through] of [
    ['left', addresses[1]],
    ['right', addresses[0]],
    ['left', addresses[1]],
  ] as const) {
    rates.direct.push(load(cluster, `http://${ipOf(direct)}:8080/`))
    rates.service.push(load(cluster, `http://${through}/`))
  }
  const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[1] ?? 0
  const [direct, through] = [median(rates.direct), median(rates.service)]
  return [
    ["new connections, Pod to Pod, by the Pod's address", `${direct.toFixed(0)}/s`],
    ["… by its Service's address", `${through.toFixed(0)}/s, ${(through / direct).toFixed(2)} of direct`],
  ]
}

function load(cluster: BenchCluster, url: string): number {
  for (const name of ['node1', 'node2'])
    execFileSync('nsenter', [`--net=${cluster.netns(name)}`, 'conntrack', '-F'], { stdio: 'ignore' })
  const inPod = [`--net=${cluster.podNetns('client')}`, process.execPath, script('load.mjs'), url, '2', '16']
  return Number(execFileSync('nsenter', inPod, { encoding: 'utf8' }))
}

async function addedAmongMany(cluster: BenchCluster): Promise<Row[]> {
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let i = next++; i < MANY; i = next++) await createService(cluster.client, `many-${i}`, 'left')
    }),
  )
  const created = performance.now() - began
  const prober = startProber(cluster)
  const last = await cluster.client.get(services, { namespace: 'default', name: `many-${MANY - 1}` })
  await whenAnswered(prober, last.spec?.clusterIP ?? '')
  const settled = performance.now() - began
  const times: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const service = await createService(cluster.client, `added-${i}`, 'left')
    times.push(await whenAnswered(prober, service.spec?.clusterIP ?? ''))
  }
  prober.kill()
  const { proportional, summed } = cluster.memory()
  return [
    [
      `${MANY} Services created`,
      `${((MANY / created) * 1000).toFixed(0)}/s; the last one answered after ${(settled / 1000).toFixed(1)} s`,
    ],
    [`one more among ${MANY}: from the API's answer to a connection`, percentiles(times)],
    [
      `memory with ${MANY} Services`,
      `${proportional.toFixed(0)} MB resident (${summed.toFixed(0)} MB if shared pages count per process)`,
    ],
  ]
}

function startProber(cluster: BenchCluster): ChildProcessWithoutNullStreams {
  const child = spawn('nsenter', [`--net=${cluster.netns(NODE)}`, process.execPath, script('prober.mjs')])
  child.stderr.pipe(process.stderr)
  return child
}

/** Milliseconds from now until a connection to the address gets through. */
async function whenAnswered(prober: ChildProcessWithoutNullStreams, ip: string): Promise<number> {
  const began = process.hrtime.bigint()
  prober.stdin.write(`${ip} 80\n`)
  const [line] = await once(prober.stdout, 'data')
  return Number(BigInt(String(line).trim()) - began) / 1e6
}
