/** The DNS server alone in a process, as `portolan dns` has it. Does what it is told in messages, and says when it has. */
import { endpointSlices, services } from '../../src/api/index.ts'
import { runDns } from '../../src/dns/index.ts'
import { trimWhenIdle } from '../../src/kernel/index.ts'
import { silent, systemClock } from '../../src/lib/index.ts'
import { fakeCaches } from '../../src/testing/index.ts'
import { service, slice, sliceOf } from './cluster.ts'

export interface Ready {
  /** Milliseconds. */
  readonly ready: number
}
export interface Usage {
  /** Seconds. */
  readonly cpu: number
  /** Megabytes. */
  readonly rss: number
}
/** `usage`; a Service that gets another address; one endpoint fewer, or more, among thousands. */
export type Order = { readonly usage: true } | { readonly change: number; readonly address: string } | { readonly big: number }

/** Endpoints of the Service `big`, in slices as full as upstream makes them. */
const BIG_SLICES = 50
const FULL = 100

const [, , port = '0', count = '8000'] = process.argv
const stop = new AbortController()
const caches = fakeCaches()
for (let index = 0; index < Number(count); index++) {
  caches.put(services, service(index))
  caches.put(endpointSlices, slice(index))
}
const start = performance.now()
const listen = [{ address: '127.0.0.1', port: Number(port) }]
const cluster = { clusterDomain: 'cluster.local', ttl: 5, podNames: 'insecure', forwarders: [] } as const
await runDns({ caches, listen, ...cluster, clock: systemClock, log: silent }, stop.signal)
const ready = performance.now() - start
await settle()
process.send?.({ ready } satisfies Ready)

process.on('message', (order: Order) => {
  if ('usage' in order) {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() / 1024 / 1024 } satisfies Usage)
    return
  }
  if ('change' in order) caches.put(services, service(order.change, order.address))
  else changeBig(order.big)
  process.send?.({ at: String(process.hrtime.bigint()) })
})
process.once('disconnect', () => stop.abort())

function changeBig(turn: number): void {
  const part = (number: number, size: number) =>
    sliceOf('big', `big-${number}`, Array.from({ length: size }, (_, place) => ({ ip: `10.9.${number}.${place}`, hostname: `big-${number * FULL + place}` }))) // prettier-ignore
  if (turn > 0) return caches.put(endpointSlices, part(7, FULL - (turn % 2)))
  caches.put(services, { ...service(0), metadata: { name: 'big', namespace: 'default' } })
  for (let number = 0; number < BIG_SLICES; number++) caches.put(endpointSlices, part(number, FULL))
}

/** What a process of a cluster does in its first ten seconds: gives back what only its start needed. */
async function settle(): Promise<void> {
  let moments = 0
  const sleep = async (): Promise<void> => {
    if (++moments > 3) throw new Error('settled')
  }
  await trimWhenIdle(sleep).catch(() => {})
}
