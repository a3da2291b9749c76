import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { isWithin, nameKey, nameOf, parentOf } from './dns-names.ts'
import { RCODE } from './dns-numbers.ts'
import { type DnsQuery, parseQuery } from './dns-query.ts'
import { type DnsRecord, encodeSections } from './dns-records.ts'
import { encodeRefusal, encodeReply, udpLimit } from './dns-reply.ts'
import { recordAt } from './dns-walk.ts'

const label = fc.stringMatching(/^[a-z0-9_]([a-z0-9-]{0,20}[a-z0-9])?$/)
const domain = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'))
const ipv4 = fc.ipV4()
const ipv6 = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 })
  .map((parts) => parts.map((part) => part.toString(16)).join(':'))
const ttl = fc.integer({ min: 0, max: 0x7fffffff })
const port = fc.integer({ min: 0, max: 65_535 })

const record = (owner: fc.Arbitrary<string>): fc.Arbitrary<DnsRecord> =>
  fc.oneof(
    fc.record({ name: owner, ttl, type: fc.constant('A' as const), address: ipv4 }),
    fc.record({ name: owner, ttl, type: fc.constant('AAAA' as const), address: ipv6 }),
    fc.record({ name: owner, ttl, type: fc.constantFrom('CNAME' as const, 'NS' as const, 'PTR' as const), target: domain }),
    fc.record({ name: owner, ttl, type: fc.constant('SRV' as const), priority: port, weight: port, port, target: domain }),
    fc.record({ name: owner, ttl, type: fc.constant('TXT' as const), text: fc.string({ maxLength: 60 }) }),
  )

const ask = (name: string, more: object = {}): Buffer =>
  dnsPacket.encode({ type: 'query', id: 7, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type: 'A', name }], ...more })

const opt = (udpPayloadSize: number, ednsVersion = 0): object => ({
  additionals: [{ type: 'OPT', name: '.', udpPayloadSize, ednsVersion, flags: 0, extendedRcode: 0, options: [] }],
})

function parsed(message: Buffer): DnsQuery {
  const result = parseQuery(message)
  assert.equal(result.kind, 'query')
  return result.kind === 'query' ? result.query : assert.fail()
}

test('whatever bytes arrive, taking them apart gives a value [DSC-4]', () => {
  const real = fc.tuple(domain, fc.nat({ max: 400 }), fc.nat({ max: 255 })).map(([name, at, byte]) => {
    const message = ask(name, opt(1232))
    message[at % message.length] = byte
    return message
  })
  const any = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes))
  const headed = any.map((bytes) => Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]), bytes]))
  fc.assert(
    fc.property(fc.oneof(real, any, headed), (message) => {
      const result = parseQuery(message)
      if (result.kind === 'refuse') assert.equal(encodeRefusal(message, result.rcode).length, 12)
      if (result.kind !== 'query') return
      assert.ok(result.query.end <= message.length && result.query.name.length <= 255)
      const reply = encodeReply(message, result.query, { rcode: RCODE.NXDOMAIN, authoritative: true }, { limit: 512 })
      assert.deepEqual(reply.subarray(12, result.query.end), message.subarray(12, result.query.end))
      assert.equal(nameKey(nameOf(result.query.name)), result.query.name)
    }),
    { numRuns: 2_000 },
  )
})

const refusals: readonly (readonly [what: string, message: Buffer, expected: number | 'drop'])[] = [
  ['nothing', Buffer.alloc(0), 'drop'],
  ['half a header', Buffer.alloc(11), 'drop'],
  ['an answer', dnsPacket.encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'a' }] }), 'drop'],
  ['an update', Buffer.from([0, 1, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0]), RCODE.NOTIMP],
  ['no question', Buffer.alloc(12), RCODE.FORMERR],
  ['two questions', dnsPacket.encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'a' }, { type: 'A', name: 'b' }] }), RCODE.FORMERR], // prettier-ignore
  ['a question without an end', ask('a.b.c').subarray(0, 17), RCODE.FORMERR],
  ['a question without a class', ask('a').subarray(0, 17), RCODE.FORMERR],
  ['a question that points at itself', Buffer.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]), RCODE.FORMERR],
  ['a name of 256 bytes', Buffer.concat([ask('a').subarray(0, 12), ...Array<Buffer>(4).fill(Buffer.alloc(64, 63)), Buffer.alloc(5)]), RCODE.FORMERR], // prettier-ignore
  ['an EDNS record that breaks off', ask('a', opt(1232)).subarray(0, -3), RCODE.FORMERR],
]

for (const [what, message, expected] of refusals) {
  test(`${what} is ${expected === 'drop' ? 'not answered' : `refused with ${expected}`} [DSC-4]`, () => {
    assert.deepEqual(parseQuery(message), expected === 'drop' ? { kind: 'drop' } : { kind: 'refuse', rcode: expected })
  })
}

test('records are read by others as they were written, compressed or not [DSC-2]', () => {
  const zone = domain.chain((name) => {
    const some = fc.array(record(fc.constantFrom(name, `x.${name}`, 'other.example')), { maxLength: 10 })
    return fc.record({ name: fc.constant(name), answers: some, authorities: some, extras: some })
  })
  fc.assert(
    fc.property(zone, ({ name, ...records }) => {
      const message = ask(name)
      const query = parsed(message)
      const sections = encodeSections(query.name, records)
      const bytes = encodeReply(message, query, { rcode: 0, authoritative: true, sections }, { limit: 65_535 })
      const read = dnsPacket.decode(bytes)
      const all = [...records.answers, ...records.authorities, ...records.extras]
      const expected = dnsPacket.decode(dnsPacket.encode({ answers: all.map(asPacket) }))
      assert.deepEqual([...read.answers!, ...read.authorities!, ...read.additionals!].map(plain), expected.answers!.map(plain))
    }),
    { numRuns: 300 },
  )
})

function asPacket(one: DnsRecord): dnsPacket.Answer {
  const { name, ttl: seconds, type } = one
  if (one.type === 'SRV') return { name, ttl: seconds, type: 'SRV', data: { priority: one.priority, weight: one.weight, port: one.port, target: one.target } } // prettier-ignore
  const data = 'address' in one ? one.address : 'target' in one ? one.target : 'text' in one ? one.text : ''
  return { name, ttl: seconds, type, data } as dnsPacket.Answer
}

const plain = (answer: dnsPacket.Answer): unknown => JSON.parse(JSON.stringify(answer))

test('an answer that is too long loses its extras silently, and then records and its good name [DSC-4]', () => {
  const name = 'kubia.default.svc.cluster.local'
  const answers = Array.from({ length: 100 }, (_, index): DnsRecord => ({
    name,
    ttl: 5,
    type: 'A',
    address: `10.244.0.${index}`,
  }))
  fc.assert(
    fc.property(fc.nat({ max: 100 }), fc.nat({ max: 100 }), fc.integer({ min: 1, max: 5_000 }), (first, second, size) => {
      const message = ask(name, opt(size))
      const query = parsed(message)
      const sections = encodeSections(query.name, { answers: answers.slice(0, first), extras: answers.slice(0, second) })
      const bytes = encodeReply(message, query, { rcode: 0, authoritative: true, sections }, { limit: udpLimit(query), turn: 3 })
      const read = dnsPacket.decode(bytes)
      assert.ok(bytes.length <= Math.min(1232, Math.max(512, size)))
      assert.equal(read.flag_tc, read.answers!.length < first)
      if (!read.flag_tc) assert.equal(read.answers!.length, first)
      const opts = read.additionals!.filter(({ type }) => type === 'OPT')
      assert.equal(opts.length, 1)
    }),
  )
})

test('of an answer that no message can hold, as much as fits is sent, and it is said so [DSC-4]', () => {
  const message = ask('big')
  const query = parsed(message)
  const answers = Array.from({ length: 6_000 }, (_, index): DnsRecord => {
    const target = `web-${index}.big`
    return { name: 'big', ttl: 5, type: 'SRV', priority: 0, weight: 1, port: 80, target }
  })
  const sections = encodeSections(query.name, { answers, extras: answers })
  assert.ok(sections.bytes.length < 66_000)
  for (const limit of [512, 65_535]) {
    const bytes = encodeReply(message, query, { rcode: 0, authoritative: true, sections }, { limit, turn: 7 })
    const read = dnsPacket.decode(bytes)
    assert.ok(read.flag_tc && bytes.length <= limit && bytes.length > limit - 40)
    assert.equal((read.answers![0] as dnsPacket.SrvAnswer).data.target, 'web-0.big')
  }
})

test('several addresses take turns, and all are there in every turn [DSC-2]', () => {
  const message = ask('a')
  const query = parsed(message)
  const answers = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address): DnsRecord => ({ name: 'a', ttl: 5, type: 'A', address }))
  const sections = encodeSections(query.name, { answers })
  const told = (turn: number): unknown[] =>
    dnsPacket
      .decode(encodeReply(message, query, { rcode: 0, authoritative: true, sections }, { limit: 512, turn }))
      .answers!.map((answer) => ('data' in answer ? answer.data : undefined))
  assert.deepEqual(
    [0, 1, 2, 3].map((turn) => told(turn)[0]),
    ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1'],
  )
  for (const turn of [0, 1, 2]) assert.equal(new Set(told(turn)).size, 3)
})

test("the question comes back in the letters it was asked in, and flags that are the client's too [DSC-4]", () => {
  const message = ask('WeB.dEfAuLt.SVC.cluster.LOCAL')
  const query = parsed(message)
  assert.equal(nameOf(query.name), 'web.default.svc.cluster.local')
  const read = dnsPacket.decode(encodeReply(message, query, { rcode: 0, authoritative: true }, { limit: 512 }))
  assert.equal(read.questions![0]!.name, 'WeB.dEfAuLt.SVC.cluster.LOCAL')
  assert.deepEqual([read.id, read.flag_rd, read.flag_ra, read.flag_aa], [7, true, true, true])
})

test('keys of names: their order, their limits, and bytes that are no letters', () => {
  assert.equal(nameKey('Web.default.'), '\x03web\x07default\0')
  assert.equal(nameKey('.'), '\0')
  assert.equal(nameOf(nameKey('a\\046b.c')), 'a\\046b.c')
  assert.equal(parentOf(nameKey('a.b')), nameKey('b'))
  assert.equal(parentOf('\0'), undefined)
  assert.ok(isWithin(nameKey('a.cluster.local'), nameKey('cluster.local')))
  assert.ok(!isWithin(nameKey('xcluster.local'), nameKey('cluster.local')))
  assert.ok(!isWithin('\x0ecluster\x07cluster\x05local\0', nameKey('cluster.local')))
  for (const bad of ['a..b', '.a', 'x'.repeat(64), Array(50).fill('abcde').join('.'), 'ä€'])
    assert.throws(() => nameKey(bad), { code: 'BadName' })
})

test("a record that isn't whole is none", () => {
  const whole = ask('a', { answers: [{ type: 'A', name: 'a', ttl: 1, data: '10.0.0.1' }] })
  assert.equal(recordAt(whole, 19)?.end, whole.length)
  for (let end = 19; end < whole.length; end++) assert.equal(recordAt(whole.subarray(0, end), 19), undefined)
})
