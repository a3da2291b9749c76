/**
 * Services from the API to the packet: a cold start, a Service added among thousands, and what a Service address costs
 * against the Pod's own. Each figure stands beside something measured in the same run.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { services } from '../src/api/index.ts'
import { percentiles, table } from './report.ts'
import { benchCluster, type BenchCluster } from './services/cluster.ts'
import { collisions } from './services/collisions.ts'
import { failover } from './services/failover.ts'
import { preparePath } from './services/path.ts'
import { createService, startPods } from './services/pods.ts'

const MANY = 10_000
const SAMPLES = 200
const WRITERS = 32
const NODE = 'node1'
/** Milliseconds after which a cluster counts as idle. */
const SETTLED = 12_000
const script = (name: string): string => join(import.meta.dirname, 'services', name)

const cluster = await benchCluster()
try {
  const rows = [
    ...(await coldStart(cluster)),
    ...(await failover(cluster, { start: startProber, whenAnswered })),
    ...(await collisions(cluster)),
  ]
  const path = await preparePath(cluster)
  rows.push(...path.measure('few Services'), ...(await addedAmongMany(cluster)), ...path.measure(`${MANY} Services`))
  process.stdout.write(table(rows))
} finally {
  await cluster.remove()
}

type Row = readonly [string, string]

async function coldStart(cluster: BenchCluster): Promise<Row[]> {
  const prober = startProber(NODE)
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

async function addedAmongMany(cluster: BenchCluster): Promise<Row[]> {
  const began = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let i = next++; i < MANY; i = next++) await createService(cluster.client, `many-${i}`, 'left')
    }),
  )
  const created = performance.now() - began
  const prober = startProber(NODE)
  const last = await cluster.client.get(services, { namespace: 'default', name: `many-${MANY - 1}` })
  await whenAnswered(prober, last.spec?.clusterIP ?? '')
  const settled = performance.now() - began
  const times: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const service = await createService(cluster.client, `added-${i}`, 'left')
    times.push(await whenAnswered(prober, service.spec?.clusterIP ?? ''))
  }
  prober.kill()
  await delay(SETTLED)
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

function startProber(netns: string): ChildProcessWithoutNullStreams {
  const child = spawn('nsenter', [`--net=${cluster.netns(netns)}`, process.execPath, script('prober.mjs')])
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
