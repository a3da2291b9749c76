import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { percentiles } from '../report.ts'
import type { BenchCluster } from './cluster.ts'
import { createService, startPods } from './pods.ts'

type Row = readonly [string, string]

/** Two Pods on one node and a client on the other. */
export interface Path {
  /** What the way through a Service costs against the way to a Pod, as things are now. */
  measure(when: string): Row[]
}

const ROUNDS = 3
const CONNECTS = 300
const script = (name: string): string => join(import.meta.dirname, name)

/**
 * One Pod is asked by its own address, its twin by its Service's. A connection to one and the same Pod by both ways would meet the
 * other way's entries in the connection table; what that costs is in collisions.ts.
 */
export async function preparePath(cluster: BenchCluster): Promise<Path> {
  const { client } = cluster
  await startPods(client, ['client'], 'node1')
  const twins = ['left', 'right']
  const all = await startPods(client, twins, 'node2')
  const podIP = (name: string): string => all.find(({ metadata }) => metadata.name === name)?.status?.podIP ?? ''
  const services = await Promise.all(twins.map((name) => createService(client, name, name)))
  const ways = twins.map((name, i) => ({ direct: `${podIP(name)}:8080`, service: `${services[1 - i]?.spec?.clusterIP}:80` }))

  const inPod = (file: string, ...args: string[]): string => {
    for (const node of ['node1', 'node2'])
      execFileSync('nsenter', [`--net=${cluster.netns(node)}`, 'conntrack', '-F'], { stdio: 'ignore' })
    const command = [`--net=${cluster.podNetns('client')}`, process.execPath, script(file), ...args]
    return execFileSync('nsenter', command, { encoding: 'utf8' })
  }
  const compare = (unit: string, rate: (where: string) => number): string => {
    const rounds = Array.from({ length: ROUNDS }, (_, i) => ways[i % 2]!)
    const pairs = rounds.map(({ direct, service }) => [rate(direct), rate(service)] as const)
    const [direct, service] = [0, 1].map((i) => median(pairs.map((pair) => pair[i]!))) as [number, number]
    return `${service.toFixed(0)} ${unit}, ${(service / direct).toFixed(2)} of direct (${direct.toFixed(0)})`
  }
  return {
    measure: (when) => [
      [
        `new connections by a Service's address, ${when}`,
        compare('/s', (where) => Number(inPod('load.mjs', `http://${where}/`, '2', '16'))),
      ],
      ['… throughput of one', compare('MB/s', (where) => Number(inPod('transfer.mjs', `http://${where}/big`)))],
      ['… first packet there and back', percentiles(times(inPod('connect.mjs', ways[0]!.service, String(CONNECTS))))],
      ['… the same, direct', percentiles(times(inPod('connect.mjs', ways[0]!.direct, String(CONNECTS))))],
    ],
  }
}

const times = (lines: string): number[] => lines.trim().split('\n').map(Number)
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0
