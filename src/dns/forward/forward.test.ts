import assert from 'node:assert/strict'
import { test } from 'node:test'
import type dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { services } from '../../api/index.ts'
import { eventually } from '../../testing/index.ts'
import { nameKey } from '../../wire/index.ts'
import { clusterIP, externalName } from '../testing/objects.ts'
import { ask, hurriedClock, startDns, startUpstream } from '../testing/server.ts'
import { AnswerCache } from './cache.ts'
import { routesOf, serversFor } from './servers.ts'
import { aged, encodeQuestion, readAnswer, type UpstreamAnswer } from './upstream-answer.ts'

// Addresses outside of the cluster: 192.0.2.x, names below `example`.
const a = (name: string, data: string, ttl = 60): dnsPacket.Answer => ({ type: 'A', name, ttl, data })
const soa = (ttl: number, minimum: number): dnsPacket.Answer => ({
  type: 'SOA',
  name: 'example',
  ttl,
  data: { mname: 'ns.example', rname: 'root.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
})
const NXDOMAIN = 3
const SERVFAIL = 2

const nameIn = (query: dnsPacket.Packet): string => query.questions![0]!.name

test('other names are asked of others once, and then remembered while they hold [DSC-6]', async (t) => {
  const clock = hurriedClock()
  const upstream = await startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.1', 20)] }))
  const { at } = await startDns(t, { forwarders: [upstream.address], clock })
  const first = await ask(at, 'www.example')
  assert.deepEqual([first.rcode, first.flag_aa, first.flag_ra], ['NOERROR', false, true])
  clock.advance(7_000)
  const second = await ask(at, 'WWW.example')
  assert.deepEqual(second.answers!.map((answer) => 'ttl' in answer && [answer.name, answer.ttl]), [['www.example', 13]]) // prettier-ignore
  assert.equal(upstream.asked(), 1)
  clock.advance(13_000)
  await ask(at, 'www.example')
  assert.equal(upstream.asked(), 2)
})

test('that a name does not exist is remembered as long as its zone says [DSC-6]', async (t) => {
  const clock = hurriedClock()
  const upstream = await startUpstream(t, () => ({ flags: NXDOMAIN, authorities: [soa(60, 10)] }))
  const { at } = await startDns(t, { forwarders: [upstream.address], clock })
  for (let turn = 0; turn < 2; turn++) assert.equal((await ask(at, 'nobody.example')).rcode, 'NXDOMAIN')
  assert.equal(upstream.asked(), 1)
  clock.advance(10_000)
  await ask(at, 'nobody.example')
  assert.equal(upstream.asked(), 2)
})

test('an alias to the outside comes with what others say about it [DSC-3]', async (t) => {
  const upstream = await startUpstream(t, (query) =>
    nameIn(query) === 'google.com' ? { answers: [a('google.com', '192.0.2.7')] } : { flags: NXDOMAIN },
  )
  const { caches, at } = await startDns(t, { forwarders: [upstream.address] })
  caches.put(services, externalName('search', 'google.com'))
  caches.put(services, externalName('lost', 'nobody.example'))
  const found = await ask(at, 'search.default.svc.cluster.local')
  assert.deepEqual(found.answers!.map((answer) => [answer.name, 'data' in answer && answer.data]), [['search.default.svc.cluster.local', 'google.com'], ['google.com', '192.0.2.7']]) // prettier-ignore
  const lost = await ask(at, 'lost.default.svc.cluster.local')
  assert.deepEqual([lost.rcode, lost.answers!.length], ['NXDOMAIN', 1])
})

test('an answer that is cut off is fetched over TCP [DSC-6]', async (t) => {
  const many = Array.from({ length: 200 }, (_, index) => a('big.example', `192.0.2.${index}`))
  const upstream = await startUpstream(t, (_, transport) => (transport === 'tcp' ? { answers: many } : { flags: 0x200 }))
  const { at } = await startDns(t, { forwarders: [upstream.address] })
  const reply = await ask(at, 'big.example')
  assert.ok(reply.flag_tc && reply.answers!.length > 10)
})

test('when one server is silent, lies or fails, the next is asked, and then first [DSC-6]', async (t) => {
  const silent = await startUpstream(t, () => undefined)
  const lying = await startUpstream(t, () => ({ id: 1, answers: [a('www.example', '192.0.2.66')] }))
  const failing = await startUpstream(t, () => ({ flags: SERVFAIL }))
  const good = await startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.1')] }))
  const forwarders = [silent, lying, failing, good].map(({ address }) => address)
  const { at } = await startDns(t, { forwarders, clock: hurriedClock() })
  const reply = await ask(at, 'www.example')
  assert.deepEqual(reply.answers!.map((answer) => 'data' in answer && answer.data), ['192.0.2.1']) // prettier-ignore
  await ask(at, 'mail.example')
  assert.deepEqual([silent.asked(), lying.asked()], [1, 1])
})

test('when nobody answers, that is said, and the cluster answers meanwhile [DSC-6]', async (t) => {
  const silent = await startUpstream(t, () => undefined)
  const { caches, at } = await startDns(t, { forwarders: [silent.address, '127.0.0.1:1'], clock: hurriedClock() })
  caches.put(services, clusterIP('web', '10.96.0.5'))
  const [outside, inside] = await Promise.all([ask(at, 'www.example'), ask(at, 'web.default.svc.cluster.local')])
  assert.deepEqual([outside.rcode, inside.rcode], ['SERVFAIL', 'NOERROR'])
})

test('without anybody to ask no other name exists, and nobody remembers it [DSC-6]', async (t) => {
  const { at } = await startDns(t)
  const reply = await ask(at, 'www.example')
  assert.deepEqual([reply.rcode, reply.authorities], ['NXDOMAIN', []])
})

test('single domains have servers of their own [DSC-6]', async (t) => {
  const everyone = await startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.1')] }))
  const corp = await startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.2')] }))
  const { at } = await startDns(t, { forwarders: [everyone.address], stubDomains: { 'corp.example': [corp.address] } })
  await ask(at, 'db.corp.example')
  await ask(at, 'notcorp.example')
  assert.deepEqual([corp.asked(), everyone.asked()], [1, 1])
})

test('servers are addresses with or without a port, and never this one [DSC-6]', () => {
  const listen = [{ address: '127.0.0.1', port: 53 }]
  const routes = routesOf({ forwarders: ['192.0.2.1', '192.0.2.2:5353', '2001:db8::1', '[2001:db8::2]:54', '127.0.0.1'], listen })
  assert.deepEqual(
    serversFor(routes, nameKey('www.example')).map(({ address, port }) => `${address} ${port}`),
    ['192.0.2.1 53', '192.0.2.2 5353', '2001:db8::1 53', '2001:db8::2 54'],
  )
  for (const bad of ['dns.google', '192.0.2.1:', '192.0.2.1:70000', '[x]:53', ''])
    assert.throws(() => routesOf({ forwarders: [bad], listen }), { code: 'BadServer' })
})

test('whatever others send, it is read as an answer to the question or not at all [DSC-6]', () => {
  const question = { name: nameKey('www.example'), type: 1 }
  const request = encodeQuestion(question, { id: 4711, edns: true })
  const behind = fc.uint8Array({ maxLength: 100 })
  const counts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(behind, counts, fc.nat({ max: 15 }), (bytes, [answers = 0, authorities = 0, extras = 0], rcode) => {
      const header = Buffer.from(request.subarray(0, request.length - 11))
      header[2] = 0x81
      header[3] = rcode
      for (const [index, count] of [answers, authorities, extras].entries()) header.writeUInt16BE(count, 6 + 2 * index)
      const read = readAnswer(Buffer.concat([header, bytes]), request, question)
      if (typeof read !== 'object') return
      assert.ok(read.sections.bytes.length <= bytes.length)
      assert.equal(aged(read, 5).bytes.length, read.sections.bytes.length)
    }),
    { numRuns: 1_000 },
  )
  for (const at of [0, 1, 2, 5, 13, 24, 26]) {
    const forged = Buffer.from(request.subarray(0, request.length - 11))
    forged[2] = 0x81
    forged.writeUInt16BE(0, 10)
    assert.equal(typeof readAnswer(forged, request, question), 'object')
    forged[at]! ^= 0x40
    assert.equal(readAnswer(forged, request, question), 'foreign', `byte ${at}`)
  }
})

test('the cache keeps to its size, and forgets what was not asked for longest', () => {
  const answer = (size: number, lifetime = 60): UpstreamAnswer => ({
    rcode: 0,
    sections: { answers: 1, authorities: 0, extras: 0, bytes: Buffer.alloc(size), extrasAt: size, stride: 0 },
    ttlsAt: [],
    lifetime,
  })
  const cache = new AnswerCache({ maxBytes: 2_500, maxAge: 30, maxDenialAge: 30 })
  for (const key of ['a', 'b']) cache.set(key, answer(700), 0)
  assert.ok(cache.get('a', 0))
  cache.set('c', answer(700), 0)
  cache.set('d', answer(700, 0), 0)
  assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => cache.get(key, 0) !== undefined), [true, false, true, false]) // prettier-ignore
  assert.equal(cache.get('a', 29_999)?.age, 29)
  assert.equal(cache.get('a', 30_000), undefined)
  cache.set('huge', answer(9_000), 0)
  assert.equal(cache.get('huge', 0), undefined)
})

test('an answer that many ask for is asked for anew before it runs out [DSC-6]', async (t) => {
  const clock = hurriedClock()
  const upstream = await startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.1', 20)] }))
  const prefetch = { amount: 3, gap: 60, share: 0.1 }
  const { at } = await startDns(t, { forwarders: [upstream.address], clock, cache: { prefetch } })
  for (let turn = 0; turn < 3; turn++) await ask(at, 'www.example')
  clock.advance(17_000)
  await ask(at, 'www.example')
  assert.equal(upstream.asked(), 1, 'too early')
  clock.advance(1_500)
  await ask(at, 'www.example')
  await eventually(() => assert.equal(upstream.asked(), 2))
  clock.advance(10_000)
  await ask(at, 'www.example')
  assert.equal(upstream.asked(), 2, 'the new answer has been kept')
  await ask(at, 'seldom.example')
  clock.advance(19_500)
  await ask(at, 'seldom.example')
  assert.equal(upstream.asked(), 3, 'nobody asks anew for what hardly anybody wants')
})

test('servers take turns when they are told to [DSC-6]', async (t) => {
  const answering = () => startUpstream(t, (query) => ({ answers: [a(nameIn(query), '192.0.2.1')] }))
  const [one, two] = [await answering(), await answering()]
  const { at } = await startDns(t, { forwarders: [one.address, two.address], policy: 'round_robin' })
  for (const name of ['a.example', 'b.example', 'c.example', 'd.example']) await ask(at, name)
  assert.deepEqual([one.asked(), two.asked()], [2, 2])
})

test('some names nobody is asked for, and some servers only over TCP [DSC-6]', async (t) => {
  const transports: string[] = []
  const upstream = await startUpstream(t, (query, transport) => {
    transports.push(transport)
    return { answers: [a(nameIn(query), '192.0.2.1')] }
  })
  const { at } = await startDns(t, { forwarders: [upstream.address], except: ['inner.example'], forceTcp: true })
  assert.equal((await ask(at, 'db.inner.example')).rcode, 'NXDOMAIN')
  assert.equal((await ask(at, 'www.example')).rcode, 'NOERROR')
  assert.deepEqual(transports, ['tcp'])
})

test('reverse zones of the cluster alone are asked of nobody else [DSC-2] [DSC-6]', async (t) => {
  const upstream = await startUpstream(t, () => ({ flags: NXDOMAIN }))
  const authority = ['cluster.local', '96.10.in-addr.arpa']
  const { caches, at } = await startDns(t, { forwarders: [upstream.address], authority })
  caches.put(services, clusterIP('web', '10.96.0.5'))
  assert.equal((await ask(at, '5.0.96.10.in-addr.arpa', 'PTR')).answers!.length, 1)
  const none = await ask(at, '6.0.96.10.in-addr.arpa', 'PTR')
  assert.deepEqual([none.rcode, none.authorities!.map(({ name }) => name)], ['NXDOMAIN', ['96.10.in-addr.arpa']])
  assert.equal((await ask(at, '96.10.in-addr.arpa', 'SOA')).answers!.length, 1)
  assert.equal(upstream.asked(), 0)
  await ask(at, '6.0.97.10.in-addr.arpa', 'PTR')
  assert.equal(upstream.asked(), 1)
})
