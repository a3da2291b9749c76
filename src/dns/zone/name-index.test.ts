import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DnsRecord, nameKey, nameOf } from '../../wire/index.ts'
import { NameIndex } from './name-index.ts'
import { planService } from './records.ts'
import { clusterIP, headless, OPTIONS, slice } from '../testing/objects.ts'

const ZONE = nameKey(OPTIONS.zone)

/** Everything that can be asked, and what is said to it. */
const contents = (index: NameIndex): unknown[] =>
  [...index.names()]
    .toSorted()
    .map((name) => [
      nameOf(name),
      index.get(name)!.alias,
      index
        .get(name)!
        .answers.map(({ type, sections }) => [type, sections.answers, sections.extras, sections.bytes.toString('hex')]),
    ])

const exists = (index: NameIndex, name: string): boolean => index.get(nameKey(name)) !== undefined

const name = fc.constantFrom(
  'a.cluster.local',
  'b.a.cluster.local',
  'c.b.a.cluster.local',
  'cluster.local',
  '1.in-addr.arpa',
  'x.example',
)
const record: fc.Arbitrary<DnsRecord> = fc.oneof(
  fc.record({ name, ttl: fc.constant(5), type: fc.constant('A' as const), address: fc.constantFrom('10.0.0.1', '10.0.0.2') }),
  fc.record({ name, ttl: fc.constant(5), type: fc.constant('PTR' as const), target: name }),
  fc.record({ name, ttl: fc.constant(5), type: fc.constant('SRV' as const), priority: fc.constant(0), weight: fc.constant(1), port: fc.constant(80), target: name }), // prettier-ignore
)
const step = fc.record({ owner: fc.constantFrom('s', 't', 'u'), records: fc.array(record, { maxLength: 6 }) })

test('whatever came before, the index is what its owners say now [DSC-1]', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const index = new NameIndex(ZONE)
      for (const { owner, records } of steps) index.set(owner, records)
      const fresh = new NameIndex(ZONE)
      for (const [owner, { records }] of new Map(steps.map((one) => [one.owner, one]))) fresh.set(owner, records)
      assert.deepEqual(contents(index), contents(fresh))
    }),
    { numRuns: 500 },
  )
})

test('saying the same again changes nothing, and saying nothing leaves nothing [DSC-1]', () => {
  fc.assert(
    fc.property(step, ({ owner, records }) => {
      const index = new NameIndex(ZONE)
      assert.equal(index.set(owner, records), records.length > 0)
      assert.equal(index.set(owner, structuredClone(records)), false)
      index.set(owner, [])
      assert.deepEqual(contents(index), [])
    }),
  )
})

test('names between a Service and the zone exist as long as it does [DSC-4]', () => {
  const index = new NameIndex(ZONE)
  index.set('default/web', planService(clusterIP('web', '10.96.0.5'), [], OPTIONS).records)
  index.set('default/db', planService(clusterIP('db', '10.96.0.6'), [], OPTIONS).records)
  for (const between of ['default.svc.cluster.local', 'svc.cluster.local', '_tcp.web.default.svc.cluster.local'])
    assert.ok(exists(index, between), between)
  assert.ok(!exists(index, '96.10.in-addr.arpa'))
  index.set('default/web', [])
  assert.ok(!exists(index, '_tcp.web.default.svc.cluster.local'))
  assert.ok(exists(index, 'default.svc.cluster.local'))
  index.set('default/db', [])
  assert.deepEqual(contents(index), [])
})

test('an address that moves is followed by the SRV record that points at it [DSC-2]', () => {
  const index = new NameIndex(ZONE)
  const at = (ip: string): void => {
    const { records, extras } = planService(headless('kubia'), [slice('kubia', [{ ip, hostname: 'kubia-0' }])], OPTIONS)
    index.set('default/kubia', records, extras)
  }
  const extras = (): string | undefined =>
    index.get(nameKey('_http._tcp.kubia.default.svc.cluster.local'))?.answers[0]?.sections.bytes.toString('hex').slice(-8)
  at('10.244.0.2')
  assert.equal(extras(), '0af40002')
  at('10.244.0.3')
  assert.equal(extras(), '0af40003')
})
