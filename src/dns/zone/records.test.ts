import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSlice, Service } from '../../api/index.ts'
import type { DnsRecord } from '../../wire/index.ts'
import { dashed, reverseName, undashed } from './names.ts'
import { planEndpoints, planHosts, planService, planZone, type RecordOptions } from './records.ts'
import { clusterIP, externalName, headless, OPTIONS, service, slice } from '../testing/objects.ts'

/** The Service's records, and those of its endpoints. */
const everything = (of: Service, slices: readonly EndpointSlice[], options: RecordOptions): readonly DnsRecord[] => [
  ...planService(of, slices, options).records,
  ...slices.flatMap((each) => planEndpoints(of, each, options)),
]

/** As in a zone file, without class and TTL. */
const lines = (records: readonly DnsRecord[]): string[] =>
  records.map((record) => `${record.name} ${record.type} ${dataOf(record)}`)

function dataOf(record: DnsRecord): string {
  if (record.type === 'SRV') return `${record.priority} ${record.weight} ${record.port} ${record.target}`
  if ('address' in record) return record.address
  return 'target' in record ? record.target : 'text' in record ? record.text : ''
}

test('a Service has its cluster IP, its named ports and the way back [DSC-1] [DSC-2]', () => {
  assert.deepEqual(lines(everything(clusterIP('web', '10.96.0.5'), [], OPTIONS)), [
    'web.default.svc.cluster.local A 10.96.0.5',
    '5.0.96.10.in-addr.arpa PTR web.default.svc.cluster.local',
    'web.default.svc.cluster.local SRV 0 100 80 web.default.svc.cluster.local',
    '_http._tcp.web.default.svc.cluster.local SRV 0 100 80 web.default.svc.cluster.local',
  ])
})

test('a Service of two families has both [DSC-2]', () => {
  const both = service('web', { clusterIP: 'fd00::5', clusterIPs: ['fd00::5', '10.96.0.5'], ports: [{ port: 80 }] })
  assert.deepEqual(lines(everything(both, [], OPTIONS)), [
    'web.default.svc.cluster.local AAAA fd00::5',
    'web.default.svc.cluster.local A 10.96.0.5',
    `${'5.'}${'0.'.repeat(27)}0.0.d.f.ip6.arpa PTR web.default.svc.cluster.local`,
    '5.0.96.10.in-addr.arpa PTR web.default.svc.cluster.local',
    'web.default.svc.cluster.local SRV 0 100 80 web.default.svc.cluster.local',
  ])
})

test('a headless Service has its ready endpoints, by host name or else by address [DSC-2]', () => {
  const places = [
    { ip: '10.244.0.2', hostname: 'kubia-0' },
    { ip: '10.244.0.3', ready: true },
    { ip: '10.244.0.4', ready: false },
  ]
  assert.deepEqual(lines(everything(headless('kubia'), [slice('kubia', places)], OPTIONS)), [
    'kubia.default.svc.cluster.local A 10.244.0.3',
    'kubia.default.svc.cluster.local A 10.244.0.2',
    'kubia.default.svc.cluster.local SRV 0 50 8080 10-244-0-3.kubia.default.svc.cluster.local',
    'kubia.default.svc.cluster.local SRV 0 50 8080 kubia-0.kubia.default.svc.cluster.local',
    '_http._tcp.kubia.default.svc.cluster.local SRV 0 50 8080 10-244-0-3.kubia.default.svc.cluster.local',
    '_http._tcp.kubia.default.svc.cluster.local SRV 0 50 8080 kubia-0.kubia.default.svc.cluster.local',
    '10-244-0-3.kubia.default.svc.cluster.local A 10.244.0.3',
    '3.0.244.10.in-addr.arpa PTR 10-244-0-3.kubia.default.svc.cluster.local',
    'kubia-0.kubia.default.svc.cluster.local A 10.244.0.2',
    '2.0.244.10.in-addr.arpa PTR kubia-0.kubia.default.svc.cluster.local',
  ])
})

test('unready endpoints are told when the Service says so, and a headless Service without any has no name [DSC-2]', () => {
  const slices = [slice('kubia', [{ ip: '10.244.0.4', ready: false }])]
  assert.deepEqual(everything(headless('kubia'), slices, OPTIONS), [])
  const told = lines(everything(headless('kubia', { publishNotReadyAddresses: true }), slices, OPTIONS))
  assert.equal(told[0], 'kubia.default.svc.cluster.local A 10.244.0.4')
})

test('an endpoint that stands in two slices is told once [DSC-2]', () => {
  const place = { ip: '10.244.0.2', hostname: 'kubia-0' }
  const twice = [slice('kubia', [place]), slice('kubia', [place], { name: 'kubia-fghij' })]
  assert.deepEqual(planService(headless('kubia'), twice, OPTIONS), planService(headless('kubia'), twice.slice(0, 1), OPTIONS))
})

test('a headless Service without ports still has addresses [DSC-2]', () => {
  const portless = { ...slice('kubia', [{ ip: '10.244.0.2' }]), ports: [] }
  assert.equal(everything(headless('kubia', { ports: [] }), [portless], OPTIONS).length, 3)
})

test('an ExternalName is another name, and nothing when it is no name [DSC-3]', () => {
  assert.deepEqual(lines(everything(externalName('search', 'google.com.'), [], OPTIONS)), [
    'search.default.svc.cluster.local CNAME google.com',
  ])
  assert.deepEqual(everything(externalName('search', ''), [], OPTIONS), [])
  assert.deepEqual(everything(externalName('search', 'a..b'), [], OPTIONS), [])
})

test('a Service that has no address yet has no records [DSC-1]', () => {
  assert.deepEqual(everything(service('web', {}), [], OPTIONS), [])
})

test('the zone says its version and who answers for it [DSC-4]', () => {
  assert.deepEqual(lines(planZone(['10.96.0.10', 'fd00::a'], OPTIONS)), [
    'dns-version.cluster.local TXT 1.1.0',
    'cluster.local NS ns.dns.cluster.local',
    'ns.dns.cluster.local A 10.96.0.10',
    'ns.dns.cluster.local AAAA fd00::a',
  ])
})

test('fixed hosts are found by name and by address [DSC-6]', () => {
  assert.deepEqual(lines(planHosts({ 'registry.example': ['192.0.2.1', '2001:db8::1'] }, 5)), [
    'registry.example A 192.0.2.1',
    'registry.example AAAA 2001:db8::1',
    '1.2.0.192.in-addr.arpa PTR registry.example',
    `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa PTR registry.example`,
  ])
})

test('addresses as names, and back [DSC-2]', () => {
  assert.equal(reverseName('10.96.0.5'), '5.0.96.10.in-addr.arpa')
  for (const address of ['10.244.0.5', 'fd00::5', '::1']) assert.equal(undashed(dashed(address)), address)
  for (const none of ['web', '10-244-0', '10-244-0-256', '1', '', 'a-b-c-d']) assert.equal(undashed(none), undefined)
})
