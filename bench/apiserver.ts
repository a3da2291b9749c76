/**
 * What the API server does over TLS with 32 connections, the clients beside it on the same machine. Beside each figure:
 * what is wanted, and what kube-apiserver 1.36 with etcd 3.5 did on such a machine.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { rate, startServer } from './apiserver/client.ts'
import { configMap, pod, podStatus, service } from './apiserver/objects.ts'
import { deliver } from './apiserver/watchers.ts'
import { percentiles, table } from './report.ts'

const LISTED = 2_202
const SERVICES = 10_000
const PODS = 50_000
/** By then the server has found that it is idle. Milliseconds. */
const IDLE = 65_000

const bench = await startServer()
const { ask } = bench
const base = '/api/v1/namespaces/default'
const rows: [string, string][] = []
const perSecond = (figure: number): string => `${Math.round(figure).toLocaleString('en')}/s`
const row = (name: string, figure: string, wanted: string): void => void rows.push([name, `${figure.padEnd(44)} ${wanted}`])

async function times(count: number, one: () => Promise<unknown>): Promise<number[]> {
  const found: number[] = []
  for (let index = 0; index < count; index++) {
    const start = performance.now()
    await one()
    found.push(performance.now() - start)
  }
  return found
}

await rate(2_000, (index) => ask('POST', `${base}/configmaps`, configMap(`warm-${index}`)))
row('create ConfigMap of 1 kB', perSecond(await rate(10_000, (index) => ask('POST', `${base}/configmaps`, configMap(`c${index}`)))), '≥ 2,500/s [840]') // prettier-ignore
row('one client, one write at a time', perSecond(await rate(2_000, (index) => ask('POST', `${base}/configmaps`, configMap(`one-${index}`)), 1)), '≥ 1,000/s [280]') // prettier-ignore
row('merge patch', perSecond(await rate(5_000, (index) => ask('PATCH', `${base}/configmaps/c${index}`, { data: { more: `${index}` } }))), '≥ 2,500/s [516]') // prettier-ignore
// One Service, `kubernetes`, is there already.
const services = await rate(LISTED - 1, (index) => ask('POST', `${base}/services`, service(index)))
row('get', perSecond(await rate(10_000, (index) => ask('GET', `${base}/services/s${index % 2_000}`))), '≥ 5,000/s [984]')
const lists = await times(100, () => ask('GET', '/api/v1/services'))
row(`list of ${LISTED} Services, nothing written between`, percentiles(lists), '≤ 5 ms [105]')
const written = await times(50, async () => {
  await ask('PATCH', `${base}/services/s1`, { metadata: { annotations: { now: `${performance.now()}` } } })
  await ask('GET', '/api/v1/services')
})
row('a patch of one, and the list', percentiles(written), '')
row(`list by label, 10 of ${LISTED}`, perSecond(await rate(5_000, (index) => ask('GET', `/api/v1/services?labelSelector=app%3Dapp-${index % 220}`))), '≥ 1,000/s [160]') // prettier-ignore
await deliver(bench, 'warm')
const crowd = await deliver(bench, 'crowd')
row('200 events to 100 watchers, 32 writes at once', `${perSecond(crowd.perSecond)} deliveries`, '≥ 60,000/s [11,755]')
row('  from the write to the watcher', percentiles(crowd.times), 'p99 ≤ 10 ms [22]')
const lone = await deliver(bench, 'lone', 1)
row('200 events to 100 watchers, one write at a time', `${perSecond(lone.perSecond)} deliveries`, '≥ 60,000/s [11,755]')
row('  from the write to the watcher', percentiles(lone.times), 'p99 ≤ 10 ms [22]')
const more = await rate(SERVICES - LISTED, (index) => ask('POST', `${base}/services`, service(LISTED + index)))
row('create Service', `${perSecond(services)}, from the 2,202nd on ${perSecond(more)}`, '≥ 2,000/s [105]')
bench.close()
await fill()
process.stdout.write(table(rows))
process.exit()

/** In a server of its own, which has done nothing else. */
async function fill(): Promise<void> {
  const server = await startServer()
  const atStart = await server.memory()
  await rate(SERVICES, (index) => server.ask('POST', `${base}/services`, service(index)))
  const pods = await rate(PODS, async (index) => {
    await server.ask('POST', `${base}/pods`, pod(index))
    await server.ask('PATCH', `${base}/pods/p${index}/status`, podStatus(index))
  })
  const { length } = await server.ask('GET', `${base}/pods/p0`)
  row(`Pods of ${(length / 1024).toFixed(1)} kB made and their status told`, perSecond(pods), '')
  const busy = await server.memory()
  await delay(IDLE)
  row(`memory for ${SERVICES} Services and ${PODS} Pods`, `${await server.memory()} MB, at once ${busy} MB, at the start ${atStart}`, '≤ 600 MB') // prettier-ignore
  server.close()
}
