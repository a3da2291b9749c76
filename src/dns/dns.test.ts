import assert from 'node:assert/strict'
import { promises as dns } from 'node:dns'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import dnsPacket from 'dns-packet'
import { endpointSlices, pods, services } from '../api/index.ts'
import type { QueryEvent } from './index.ts'
import { clusterIP, externalName, headless, service, slice } from './testing/objects.ts'
import { ask, startDns, type TestServer } from './testing/server.ts'

/** The resolver that c-ares is, asking our server. */
function resolverOf({ at }: TestServer): dns.Resolver {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 1 })
  resolver.setServers([`${at.address}:${at.port}`])
  return resolver
}

const WEB = 'web.default.svc.cluster.local'
const KUBIA = 'kubia.default.svc.cluster.local'

async function withKubia(t: TestContext, replicas: number): Promise<TestServer> {
  const server = await startDns(t)
  server.caches.put(services, headless('kubia'))
  const places = Array.from({ length: replicas }, (_, index) => ({ ip: `10.244.0.${index + 1}`, hostname: `kubia-${index}` }))
  server.caches.put(endpointSlices, slice('kubia', places))
  return server
}

test('a name is there as soon as its Service is, and gone with it [DSC-1]', async (t) => {
  const server = await startDns(t)
  const resolver = resolverOf(server)
  await assert.rejects(resolver.resolve4(WEB), { code: 'ENOTFOUND' })
  server.caches.put(services, clusterIP('web', '10.96.0.5'))
  assert.deepEqual(await resolver.resolve4(WEB, { ttl: true }), [{ address: '10.96.0.5', ttl: 5 }])
  server.caches.put(services, clusterIP('web', '10.96.0.6'))
  assert.deepEqual(await resolver.resolve4(WEB), ['10.96.0.6'])
  assert.deepEqual(await resolver.reverse('10.96.0.6'), [WEB])
  server.caches.remove(services, 'default/web')
  await assert.rejects(resolver.resolve4(WEB), { code: 'ENOTFOUND' })
  await assert.rejects(resolver.reverse('10.96.0.6'), { code: 'ENOTFOUND' })
})

test('a headless Service follows its slices, Pod by Pod [DSC-2]', async (t) => {
  const server = await withKubia(t, 3)
  const resolver = resolverOf(server)
  assert.deepEqual((await resolver.resolve4(KUBIA)).toSorted(), ['10.244.0.1', '10.244.0.2', '10.244.0.3'])
  assert.deepEqual(await resolver.resolve4(`kubia-1.${KUBIA}`), ['10.244.0.2'])
  assert.deepEqual(await resolver.reverse('10.244.0.2'), [`kubia-1.${KUBIA}`])
  const targets = await resolver.resolveSrv(`_http._tcp.${KUBIA}`)
  assert.deepEqual(
    targets.map(({ name, port, priority, weight }) => `${priority} ${weight} ${port} ${name}`).toSorted(),
    [0, 1, 2].map((index) => `0 33 8080 kubia-${index}.${KUBIA}`),
  )
  server.caches.put(endpointSlices, slice('kubia', [{ ip: '10.244.0.9', hostname: 'kubia-1' }]))
  assert.deepEqual(await resolver.resolve4(`kubia-1.${KUBIA}`), ['10.244.0.9'])
  await assert.rejects(resolver.reverse('10.244.0.2'), { code: 'ENOTFOUND' })
  server.caches.remove(endpointSlices, 'default/kubia-abcde')
  await assert.rejects(resolver.resolve4(KUBIA), { code: 'ENOTFOUND' })
})

test('addresses of a headless Service take turns [DSC-2]', async (t) => {
  const { at } = await withKubia(t, 3)
  const firsts = new Set<unknown>()
  for (let turn = 0; turn < 3; turn++) {
    const { answers = [] } = await ask(at, KUBIA)
    firsts.add('data' in answers[0]! ? answers[0].data : undefined)
  }
  assert.equal(firsts.size, 3)
})

test('what is too long for a packet comes over TCP [DSC-4]', async (t) => {
  const server = await withKubia(t, 250)
  assert.equal((await resolverOf(server).resolve4(KUBIA)).length, 250)
  const short = await ask(server.at, KUBIA)
  assert.ok(short.flag_tc)
  assert.equal(short.answers!.length, 28)
})

test('a Service of thousands of endpoints follows each of them, and tells as many as a message holds [DSC-2] [DSC-4]', async (t) => {
  const { caches, at } = await startDns(t)
  caches.put(services, headless('big'))
  const address = (index: number): string => `10.1.${index >> 8}.${index & 255}`
  const part = (number: number, count = 100) =>
    slice('big', Array.from({ length: count }, (_, index) => ({ ip: address(number * 100 + index), hostname: `web-${number * 100 + index}` })), { name: `big-${number}` }) // prettier-ignore
  for (let number = 0; number < 50; number++) caches.put(endpointSlices, part(number))
  const big = 'big.default.svc.cluster.local'
  const resolver = resolverOf({ caches, at })
  assert.deepEqual(await resolver.resolve4(`web-4999.${big}`), [address(4_999)])
  assert.ok((await ask(at, big)).flag_tc)
  assert.ok((await ask(at, `_http._tcp.${big}`, 'SRV')).flag_tc)
  caches.put(endpointSlices, part(7, 99))
  await assert.rejects(resolver.resolve4(`web-799.${big}`), { code: 'ENOTFOUND' })
  await assert.rejects(resolver.reverse(address(799)), { code: 'ENOTFOUND' })
  assert.deepEqual(await resolver.resolve4(`web-798.${big}`), [address(798)])
  caches.remove(services, 'default/big')
  await assert.rejects(resolver.resolve4(`web-798.${big}`), { code: 'ENOTFOUND' })
})

test('a Service that exists has an empty AAAA, and every empty answer says how long it holds [DSC-4]', async (t) => {
  const { caches, at } = await startDns(t)
  caches.put(services, clusterIP('web', '10.96.0.5'))
  for (const [name, rcode] of [
    [WEB, 'NOERROR'],
    ['default.svc.cluster.local', 'NOERROR'],
    [`x.${WEB}`, 'NXDOMAIN'],
    ['x.cluster.local', 'NXDOMAIN'],
  ] as const) {
    // prettier-ignore
    const reply = await ask(at, name, 'AAAA')
    const [soa] = reply.authorities!
    assert.deepEqual([name, reply.rcode, reply.answers], [name, rcode, []])
    assert.ok(reply.flag_aa && soa?.type === 'SOA' && soa.name === 'cluster.local')
    const { mname, rname, refresh, retry, expire, minimum } = soa.data
    assert.deepEqual([mname, rname], ['ns.dns.cluster.local', 'hostmaster.cluster.local'])
    assert.deepEqual([refresh, retry, expire, minimum, soa.ttl], [7200, 1800, 86_400, 5, 5])
  }
})

test('aliases are followed inside the cluster, with what they lead to in the same answer [DSC-3]', async (t) => {
  const { caches, at } = await startDns(t)
  caches.put(services, clusterIP('web', '10.96.0.5'))
  caches.put(services, externalName('alias', WEB))
  caches.put(services, externalName('second', 'alias.default.svc.cluster.local'))
  caches.put(services, externalName('nowhere', 'gone.default.svc.cluster.local'))
  caches.put(services, externalName('circle', 'circle.default.svc.cluster.local'))
  const found = await ask(at, 'second.default.svc.cluster.local')
  assert.deepEqual(found.answers!.map(({ type }) => type), ['CNAME', 'CNAME', 'A']) // prettier-ignore
  assert.equal((await ask(at, 'second.default.svc.cluster.local', 'AAAA')).rcode, 'NOERROR')
  const lost = await ask(at, 'nowhere.default.svc.cluster.local')
  assert.deepEqual([lost.rcode, lost.answers!.length, lost.authorities!.length], ['NXDOMAIN', 1, 1])
  assert.equal((await ask(at, 'circle.default.svc.cluster.local')).rcode, 'SERVFAIL')
  assert.deepEqual((await ask(at, 'alias.default.svc.cluster.local', 'CNAME')).answers!.length, 1)
})

test('an alias to the outside is told even when there is nobody to ask there [DSC-3]', async (t) => {
  const server = await startDns(t)
  server.caches.put(services, externalName('search', 'google.com'))
  assert.deepEqual(await resolverOf(server).resolveCname('search.default.svc.cluster.local'), ['google.com'])
  const reply = await ask(server.at, 'search.default.svc.cluster.local')
  assert.deepEqual([reply.rcode, reply.answers!.map(({ type }) => type)], ['NOERROR', ['CNAME']])
})

test('the zone answers for itself [DSC-4]', async (t) => {
  const server = await startDns(t)
  const resolver = resolverOf(server)
  assert.deepEqual(await resolver.resolveTxt('dns-version.cluster.local'), [['1.1.0']])
  assert.deepEqual(await resolver.resolveNs('cluster.local'), ['ns.dns.cluster.local'])
  assert.deepEqual(await resolver.resolve4('ns.dns.cluster.local'), [server.at.address])
  assert.equal((await resolver.resolveSoa('cluster.local')).nsname, 'ns.dns.cluster.local')
  const own = service('kube-dns', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] })
  server.caches.put(services, { ...own, metadata: { ...own.metadata, namespace: 'kube-system' } })
  assert.deepEqual(await resolver.resolve4('ns.dns.cluster.local'), ['10.96.0.10'])
  const any = await ask(server.at, 'cluster.local', 'ANY' as dnsPacket.RecordType)
  assert.deepEqual(any.answers!.map(({ type }) => type), ['HINFO']) // prettier-ignore
  assert.equal((await ask(server.at, 'cluster.local', 'AXFR')).rcode, 'REFUSED')
})

test('names of Pods: any, those that exist, none [DSC-2]', async (t) => {
  const name = '10-244-0-5.default.pod.cluster.local'
  const any = resolverOf(await startDns(t))
  assert.deepEqual(await any.resolve4(name), ['10.244.0.5'])
  assert.deepEqual(await any.resolve6('fd00--5.default.pod.cluster.local'), ['fd00::5'])
  for (const none of ['web.default.pod.cluster.local', `x.${name}`])
    await assert.rejects(any.resolve4(none), { code: 'ENOTFOUND' })
  await assert.rejects(any.resolve4('default.pod.cluster.local'), { code: 'ENODATA' })

  const verified = await startDns(t, { podNames: 'verified' })
  await assert.rejects(resolverOf(verified).resolve4(name), { code: 'ENOTFOUND' })
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'default' },
    status: { podIPs: [{ ip: '10.244.0.5' }] },
  }
  verified.caches.put(pods, pod)
  assert.deepEqual(await resolverOf(verified).resolve4(name), ['10.244.0.5'])
  await assert.rejects(resolverOf(verified).resolve4(name.replace('default', 'other')), { code: 'ENOTFOUND' })

  await assert.rejects(resolverOf(await startDns(t, { podNames: 'disabled' })).resolve4(name), { code: 'ENOTFOUND' })
})

test('fixed hosts are answered for their own names only [DSC-6]', async (t) => {
  const { at } = await startDns(t, { hosts: { 'registry.example': ['192.0.2.1'] } })
  assert.equal((await ask(at, 'registry.example')).answers!.length, 1)
  assert.deepEqual([(await ask(at, 'registry.example', 'AAAA')).rcode, (await ask(at, 'example')).rcode], ['NOERROR', 'NXDOMAIN'])
})

test('several queries on one connection are all answered, however they are cut up [DSC-4]', async (t) => {
  const { caches, at } = await startDns(t)
  caches.put(services, clusterIP('web', '10.96.0.5'))
  const queries = Buffer.concat(
    [1, 2, 3].map((id) => dnsPacket.streamEncode({ type: 'query', id, questions: [{ type: 'A', name: WEB }] })),
  )
  const socket = connect(at.port, at.address)
  for (const byte of queries) socket.write(Buffer.of(byte))
  const ids: number[] = []
  let bytes = Buffer.alloc(0)
  for await (const piece of socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, piece])
    while (bytes.length > 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      ids.push(bytes.readUInt16BE(2))
      bytes = bytes.subarray(2 + bytes.readUInt16BE(0))
    }
    if (ids.length === 3) break
  }
  assert.deepEqual(ids, [1, 2, 3])
})

test('every query is told to whoever counts them [DSC-4]', async (t) => {
  const events: QueryEvent[] = []
  const { at } = await startDns(t, { onQuery: (event) => events.push(event) })
  await ask(at, 'Nowhere.cluster.local', 'SRV')
  const { duration, ...event } = events[0]!
  assert.ok(duration >= 0)
  assert.deepEqual(event, { name: 'nowhere.cluster.local', type: 'SRV', rcode: 'NXDOMAIN', transport: 'udp', client: '127.0.0.1', size: 93, forwarded: false }) // prettier-ignore
})
