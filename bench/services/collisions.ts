import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { BenchCluster } from './cluster.ts'
import { createService, startPods } from './pods.ts'

const LOAD = join(import.meta.dirname, 'load.mjs')
const SECONDS = 6
const CONNECTIONS = 16

/**
 * One Pod, one client, two ways to it at the same time: by the Pod's address and by its Service's. To the Pod both are
 * connections from the same ports of the same client, so each way meets what the other left in TIME_WAIT; see
 * docs/decisions/timestamps-without-offsets.md. Beside it, the same load with both ways direct.
 */
export async function collisions(cluster: BenchCluster): Promise<(readonly [string, string])[]> {
  const { client } = cluster
  await startPods(client, ['caller'], 'node1')
  const all = await startPods(client, ['met-twice'], 'node2')
  const podIP = all.find(({ metadata }) => metadata.name === 'met-twice')?.status?.podIP ?? ''
  const clusterIP = (await createService(client, 'met-twice', 'met-twice')).spec?.clusterIP ?? ''
  const direct = `http://${podIP}:8080/`
  await together(cluster, [direct, direct]) // the server's code is compiled now
  const alone = sum(await together(cluster, [direct, direct]))
  const [byPod = 0, byService = 0] = await together(cluster, [direct, `http://${clusterIP}/`])
  return [
    ['new connections to one Pod, two loads, both direct', `${alone.toFixed(0)}/s`],
    [
      '… one of them by its Service',
      `${byPod.toFixed(0)} + ${byService.toFixed(0)}/s, ${((byPod + byService) / alone).toFixed(2)} of direct`,
    ],
  ]
}

const run = promisify(execFile)
const sum = (rates: readonly number[]): number => rates.reduce((total, rate) => total + rate, 0)

/** The rates of several loads of one Pod at once. */
function together(cluster: BenchCluster, urls: readonly string[]): Promise<readonly number[]> {
  for (const name of ['node1', 'node2'])
    execFileSync('nsenter', [`--net=${cluster.netns(name)}`, 'conntrack', '-F'], { stdio: 'ignore' })
  return Promise.all(
    urls.map(async (url) => {
      const inPod = [`--net=${cluster.podNetns('caller')}`, process.execPath, LOAD, url, String(SECONDS), String(CONNECTIONS)]
      return Number((await run('nsenter', inPod)).stdout)
    }),
  )
}
