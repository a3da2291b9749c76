import assert from 'node:assert/strict'
import { test } from 'node:test'
import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { failure, nameKey, RCODE } from '../wire/index.ts'
import { Answerer } from './answer.ts'
import { Tally } from './observe/tally.ts'
import { createResponder } from './respond.ts'
import type { Transport } from './server/server.ts'
import { clusterIP, externalName, headless, OPTIONS, slice } from './testing/objects.ts'
import { NameIndex } from './zone/name-index.ts'
import { planEndpoints, planService } from './zone/records.ts'

// A server whose names are web, alias, circle, and kubia with so many endpoints that its answer fits no packet.
const index = new NameIndex(nameKey(OPTIONS.zone))
const kubia = headless('kubia')
const endpoints = slice(
  'kubia',
  Array.from({ length: 120 }, (_, host) => ({ ip: `10.244.0.${host}`, hostname: `kubia-${host}` })),
)
for (const each of [
  clusterIP('web', '10.96.0.5'),
  externalName('alias', 'web.default.svc.cluster.local'),
  externalName('circle', 'circle.default.svc.cluster.local'),
])
  // prettier-ignore
  index.set(each.metadata.name ?? '', planService(each, [], OPTIONS).records)
index.set('kubia', planService(kubia, [endpoints], OPTIONS).records)
index.set('kubia/slice', planEndpoints(kubia, endpoints, OPTIONS))
const path = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', '.'].map(nameKey)
const tally = new Tally()
const answerer = new Answerer({ ...OPTIONS, index, authority: [OPTIONS.zone], isPod: () => true, searchPathOf: () => path }, 1)
const forward = async () => failure(RCODE.SERVFAIL)
const respond = createResponder({ answerer, refresh: () => {}, forward, elapsed: () => 0, tally, onQuery: () => {} })

const label = fc.oneof(
  fc.constantFrom('web', 'kubia', 'kubia-7', 'alias', 'circle', 'default', 'svc', 'pod', 'cluster', 'local', '_http', '_tcp', '10-244-0-5', 'in-addr', 'arpa'), // prettier-ignore
  fc.uint8Array({ maxLength: 70 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
)
const name = fc.oneof(
  fc.constantFrom('web', 'kubia', 'alias', 'circle', '_http._tcp.kubia', 'kubia-7.kubia').map((first) => `${first}.default.svc.cluster.local`.split('.')), // prettier-ignore
  fc.array(label, { maxLength: 9 }),
)

/** The bytes of a name, honest, or ending in a pointer, or in a label that claims more than there is. */
const encodedName = fc
  .tuple(name, fc.constantFrom('root', 'pointer', 'liar', 'nothing'), fc.nat({ max: 0xffff }))
  .map(([labels, end, number]) => {
    const bytes = labels.map((one) => Buffer.concat([Buffer.of(Math.min(one.length, 255)), Buffer.from(one, 'latin1')]))
    const ends = { root: [0], pointer: [0xc0 | (number >> 8), number & 255], liar: [number & 255], nothing: [] }
    return Buffer.concat([...bytes, Buffer.from(ends[end as keyof typeof ends])])
  })

const number16 = fc.oneof(fc.constantFrom(0, 1, 1, 2), fc.nat({ max: 0xffff }))
const type = fc.oneof(fc.constantFrom(1, 2, 5, 6, 12, 16, 28, 33, 41, 251, 252, 255), fc.nat({ max: 0xffff }))
const words = (...numbers: readonly number[]): Buffer => Buffer.from(numbers.flatMap((number) => [number >> 8, number & 255]))

const header = fc.record({ flags: fc.oneof(fc.constantFrom(0, 0x0100), fc.nat({ max: 0xffff })), counts: fc.tuple(number16, number16, number16, number16) }) // prettier-ignore
const question = fc.tuple(encodedName, type, fc.oneof(fc.constant(1), fc.nat({ max: 0xffff }))).map(([bytes, asked, of]) => Buffer.concat([bytes, words(asked, of)])) // prettier-ignore
const record = fc.tuple(encodedName, type, number16, fc.nat({ max: 0xffff }), fc.uint8Array({ maxLength: 40 }), fc.option(number16)).map(
  ([owner, of, size, ttl, data, length]) => Buffer.concat([owner, words(of, size, ttl, ttl, length ?? data.length), data]),
) // prettier-ignore
const opt = fc
  .tuple(number16, fc.nat({ max: 0xffff }))
  .map(([size, flags]) => Buffer.concat([Buffer.of(0), words(41, size, 0, flags, 0)]))

const honest = fc.tuple(name, type, fc.option(opt)).map(([labels, asked, edns]) => {
  const bytes = labels.filter((one) => one.length > 0 && one.length < 64).map((one) => Buffer.concat([Buffer.of(one.length), Buffer.from(one, 'latin1')])) // prettier-ignore
  return Buffer.concat([
    words(7, 0x0100, 1, 0, 0, edns ? 1 : 0),
    ...bytes,
    Buffer.of(0),
    words(asked, 1),
    edns ?? Buffer.alloc(0),
  ])
})
const crooked = fc.tuple(header, question, fc.array(fc.oneof(record, opt), { maxLength: 4 })).map(([{ flags, counts }, asked, more]) =>
  Buffer.concat([words(7, flags, ...counts), asked, ...more]),
) // prettier-ignore
const bitten = fc.tuple(honest, fc.nat(), fc.nat({ max: 255 }), fc.nat()).map(([message, at, byte, end]) => {
  const bytes = Buffer.from(message)
  bytes[at % bytes.length] = byte
  return end % 3 === 0 ? bytes.subarray(0, end % (bytes.length + 1)) : bytes
})
const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes))

/** What the client can take (RFC 1035 2.3.4, RFC 6891 6.2.3), and no path loses (RFC 9715). */
function limitOf(message: Buffer, transport: Transport): number {
  if (transport === 'tcp') return 65_535
  return message.length > 23 ? 1_232 : 512
}

test('whatever arrives, the answer is one that a resolver can read, or silence, and never too long [DSC-4]', async (t) => {
  const seed = Number(process.env['PORTOLAN_SEED'] ?? Date.now() % 2 ** 31)
  t.diagnostic(`PORTOLAN_SEED=${seed}`)
  const codes = new Set<number>()
  const messages = fc.oneof(honest, crooked, bitten, noise)
  await fc.assert(
    fc.asyncProperty(messages, fc.constantFrom<Transport>('udp', 'tcp'), async (message, transport) => {
      const before = Buffer.from(message)
      const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
      respond({ message, transport, client: '10.244.0.9' }, resolve)
      setImmediate(() => resolve(undefined))
      const reply = await promise
      assert.deepEqual(message, before, 'the question stays as it was')
      if (!reply) return assert.ok(message.length < 12 || (message[2]! & 0x80) !== 0, 'silence is for what is no question')
      assert.ok(reply.length <= limitOf(message, transport), `${reply.length} bytes`)
      assert.deepEqual([reply.readUInt16BE(0), reply[2]! & 0x80], [message.readUInt16BE(0), 0x80])
      codes.add(reply[3]! & 15)
      dnsPacket.decode(reply)
    }),
    { numRuns: 5_000, seed },
  )
  assert.deepEqual([RCODE.NOERROR, RCODE.FORMERR, RCODE.NXDOMAIN, RCODE.NOTIMP, RCODE.REFUSED].filter((code) => !codes.has(code)), []) // prettier-ignore
  assert.ok(tally.malformed > 0)
})
