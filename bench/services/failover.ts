import { type ChildProcessWithoutNullStreams, execFileSync } from 'node:child_process'
import { type Service, services } from '../../src/api/index.ts'
import { eventually } from '../../src/testing/index.ts'
import type { BenchCluster } from './cluster.ts'
import { startPods } from './pods.ts'

export interface Prober {
  /** A program in a network of the cluster that connects until it gets through. */
  readonly start: (netns: string) => ChildProcessWithoutNullStreams
  readonly whenAnswered: (prober: ChildProcessWithoutNullStreams, ip: string) => Promise<number>
}

/** How long a load balancer's address is silent when the cable of the node that answers for it is cut. */
export async function failover(cluster: BenchCluster, { start, whenAnswered }: Prober): Promise<(readonly [string, string])[]> {
  const { client } = cluster
  await startPods(client, ['balanced'], 'node2')
  const spec = { type: 'LoadBalancer', selector: { server: 'balanced' }, ports: [{ port: 80, targetPort: 8080 }] }
  const wished = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'balanced', namespace: 'default' }, spec } as Service
  await client.create(services, wished)
  const ip = await eventually(async () => {
    const { status } = await client.get(services, { namespace: 'default', name: 'balanced' })
    const [given] = status?.loadBalancer?.ingress ?? []
    if (!given?.ip) throw new Error('no address was given')
    return given.ip
  })
  const prober = start('outside')
  await whenAnswered(prober, ip)
  const onFirst = (...command: string[]): unknown => execFileSync('nsenter', [`--net=${cluster.netns('node1')}`, ...command])
  onFirst('ip', 'link', 'set', 'eth0', 'down')
  const silent = await whenAnswered(prober, ip)
  onFirst('ip', 'link', 'set', 'eth0', 'up')
  onFirst('ip', 'route', 'replace', 'default', 'via', '192.168.1.1')
  prober.kill()
  return [['a load balancer address silent after its node was cut off', `${silent.toFixed(0)} ms`]]
}
