import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../../api/index.ts'
import type { Logger } from '../../lib/index.ts'
import { clusterIP } from '../testing/objects.ts'
import { ask, ownAddress, startDns, startUpstream } from '../testing/server.ts'
import { Histogram } from './histogram.ts'
import { serveObservers } from './http.ts'

const get = async (url: string): Promise<string> => {
  const response = await fetch(url)
  return `${response.status} ${await response.text()}`
}

test('health, readiness and figures are served where they are wanted, and nowhere else [OPS-7]', async (t) => {
  const stop = new AbortController()
  t.after(() => stop.abort())
  const [one, two] = [ownAddress(), ownAddress()]
  let ready = false
  const observed = { isReady: () => ready, metrics: () => [] }
  const at = { health: { address: one, port: 8080 }, ready: { address: one, port: 8080 }, metrics: { address: two, port: 9153 } }
  await serveObservers(at, observed, stop.signal)
  assert.equal(await get(`http://${one}:8080/health`), '200 OK')
  assert.equal(await get(`http://${one}:8080/ready`), '503 kubernetes')
  ready = true
  assert.equal(await get(`http://${one}:8080/ready`), '200 OK')
  assert.match(await get(`http://${one}:8080/metrics`), /^404 /)
  assert.match(await get(`http://${two}:9153/metrics`), /^200 /)
})

test("what was asked and answered is counted under CoreDNS's names [OPS-7] [DSC-6]", async (t) => {
  const upstream = await startUpstream(t, (query) => ({ answers: [{ type: 'A', name: query.questions![0]!.name, ttl: 60, data: '192.0.2.1' }] })) // prettier-ignore
  const address = ownAddress()
  const metrics = { address, port: 9153 }
  const { caches, at } = await startDns(t, { forwarders: [upstream.address], metrics, ready: metrics })
  caches.put(services, clusterIP('web', '10.96.0.5'))
  await ask(at, 'web.default.svc.cluster.local')
  await ask(at, 'web.default.svc.cluster.local', 'CAA')
  await ask(at, 'nobody.cluster.local')
  for (let turn = 0; turn < 3; turn++) await ask(at, 'www.example')
  assert.equal(await get(`http://${address}:9153/ready`), '200 OK')
  const text = await get(`http://${address}:9153/metrics`)
  const common = `server="dns://${at.address}:${at.port}",zone=".",view=""`
  const cached = `server="dns://${at.address}:${at.port}",zones=".",view=""`
  for (const line of [
    `coredns_dns_requests_total{${common},proto="udp",family="1",type="A"} 5`,
    `coredns_dns_requests_total{${common},proto="udp",family="1",type="other"} 1`,
    `coredns_dns_responses_total{${common},rcode="NOERROR",plugin="kubernetes"} 2`,
    `coredns_dns_responses_total{${common},rcode="NXDOMAIN",plugin="kubernetes"} 1`,
    `coredns_dns_responses_total{${common},rcode="NOERROR",plugin="forward"} 3`,
    `coredns_dns_request_duration_seconds_count{${common}} 6`,
    `coredns_dns_response_size_bytes_bucket{${common},proto="udp",le="64000"} 6`,
    `coredns_cache_hits_total{${cached},type="success"} 2`,
    `coredns_cache_misses_total{${cached}} 1`,
    `coredns_cache_entries{${cached},type="success"} 1`,
    `coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="${upstream.address}",rcode="NOERROR"} 1`,
    'coredns_forward_max_concurrent_rejects_total 0',
  ])
    assert.ok(text.includes(`\n${line}\n`), `${line} is not in\n${text}`)
})

test('a histogram counts each value once, and cumulatively', () => {
  const times = new Histogram([1, 2])
  for (const value of [0.5, 1, 1.5, 9]) times.observe(value)
  assert.deepEqual([times.cumulative(), times.sum], [[2, 3, 4], 12])
})

test('questions are logged, and a walk along the search path is pointed out [DSC-6]', async (t) => {
  const lines: string[] = []
  const log: Logger = { debug() {}, info: (_, message) => lines.push(message), warn() {}, error() {}, child: () => log }
  const { at } = await startDns(t, { logQueries: true, log })
  for (const suffix of ['.default.svc.cluster.local', '.svc.cluster.local', '.cluster.local', ''])
    await ask(at, `www.example${suffix}`)
  assert.deepEqual(lines, [
    'A www.example.default.svc.cluster.local NXDOMAIN',
    'A www.example.svc.cluster.local NXDOMAIN',
    'A www.example.cluster.local NXDOMAIN',
    'A www.example NXDOMAIN',
    '4 lookups for 1 name: www.example was tried along the search path; ask for www.example. with a final dot, or give the Pod a lower ndots in its dnsConfig',
  ])
})
