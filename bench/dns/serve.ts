/** The DNS server alone in a process, as the node's process has it, with 8,000 Services. Says when it listens. */
import { type EndpointSlice, endpointSlices, type Service, services } from '../../src/api/index.ts'
import { runDns } from '../../src/dns/index.ts'
import { silent, systemClock } from '../../src/lib/index.ts'
import { fakeCaches } from '../../src/testing/index.ts'

const [, , port = '0', count = '8000'] = process.argv
const stop = new AbortController()
const caches = fakeCaches()
for (let index = 0; index < Number(count); index++) {
  const headless = index % 10 === 0
  const name = `s${index}`
  const clusterIP = headless ? 'None' : `10.96.${index >> 8}.${index & 255}`
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  }
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-abcde`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [1, 2, 3].map((place) => ({
      addresses: [`10.${244 + place}.${index >> 8}.${index & 255}`],
      hostname: `${name}-${place}`,
      conditions: { ready: true },
    })),
  }
  caches.put(services, service)
  caches.put(endpointSlices, slice)
}

const memory = (): number => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1024 / 1024
}
const before = memory()
const start = performance.now()
await runDns(
  {
    caches,
    listen: [{ address: '127.0.0.1', port: Number(port) }],
    clusterDomain: 'cluster.local',
    ttl: 5,
    podNames: 'insecure',
    forwarders: [],
    clock: systemClock,
    log: silent,
  },
  stop.signal,
)
const ready = performance.now() - start
process.send?.({ ready, memory: memory() - before })
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() / 1024 / 1024 })
})
process.once('disconnect', () => stop.abort())
