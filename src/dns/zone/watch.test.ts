import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endpointSlices, services } from '../../api/index.ts'
import { silent } from '../../lib/index.ts'
import { type FakeCaches, fakeCaches } from '../../testing/index.ts'
import { nameKey, nameOf } from '../../wire/index.ts'
import { NameIndex } from './name-index.ts'
import { clusterIP, externalName, headless, OPTIONS, slice } from '../testing/objects.ts'
import { follow, type Follower } from './watch.ts'

async function followed(caches: FakeCaches, onDirty = () => {}): Promise<Follower & { index: NameIndex }> {
  const index = new NameIndex(nameKey(OPTIONS.zone))
  const follower = await follow({ ...OPTIONS, caches, index, addresses: ['192.0.2.53'], log: silent, onDirty })
  return { index, refresh: () => follower.refresh() }
}

const contents = (index: NameIndex): unknown[] =>
  [...index.names()]
    .toSorted()
    .map((name) => [nameOf(name), index.get(name)!.answers.map(({ type, sections }) => [type, sections.bytes.toString('hex')])])

const name = fc.constantFrom('a', 'b', 'c')
const ip = fc.constantFrom('10.244.0.1', '10.244.0.2', '10.244.0.3')
const hostname = fc.constantFrom('x', 'y', undefined)
const change: fc.Arbitrary<(caches: FakeCaches) => void> = fc.oneof(
  fc.tuple(name, ip).map(
    ([of, address]) =>
      (caches: FakeCaches) =>
        caches.put(services, clusterIP(of, address.replace('244', '96'))),
  ),
  fc.tuple(name, fc.boolean()).map(([of, publishNotReadyAddresses]) => (caches: FakeCaches) => caches.put(services, headless(of, { publishNotReadyAddresses }))), // prettier-ignore
  fc.tuple(name, name).map(
    ([of, to]) =>
      (caches: FakeCaches) =>
        caches.put(services, externalName(of, `${to}.example`)),
  ),
  name.map((of) => (caches: FakeCaches) => caches.remove(services, `default/${of}`)),
  fc
    .tuple(name, fc.constantFrom('s', 't'), fc.array(fc.record({ ip, hostname, ready: fc.boolean() }), { maxLength: 3 }))
    .map(([of, own, places]) => (caches: FakeCaches) => caches.put(endpointSlices, slice(of, places.map(({ hostname: host, ...place }) => ({ ...place, ...(host ? { hostname: host } : {}) })), { name: own }))), // prettier-ignore
  fc.constantFrom('s', 't').map((own) => (caches: FakeCaches) => caches.remove(endpointSlices, `default/${own}`)),
)

test('after any changes the answers are those of a server that has just started [DSC-1] [DSC-2]', async () => {
  const steps = fc.array(fc.record({ change, look: fc.boolean() }), { maxLength: 30 })
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const caches = fakeCaches()
      const { index, refresh } = await followed(caches)
      for (const step of all) {
        step.change(caches)
        if (step.look) refresh()
      }
      refresh()
      assert.deepEqual(contents(index), contents((await followed(caches)).index))
    }),
    { numRuns: 300 },
  )
})

test('many changes are looked at once, and nothing is looked at twice [DSC-1]', async () => {
  const caches = fakeCaches()
  let told = 0
  const { refresh } = await followed(caches, () => told++)
  told = 0
  caches.put(services, headless('kubia'))
  for (const ip4 of ['10.244.0.1', '10.244.0.2']) caches.put(endpointSlices, slice('kubia', [{ ip: ip4 }]))
  assert.equal(told, 1)
  assert.deepEqual([refresh(), refresh()], [true, false])
})

test('a Service that no message can carry keeps what it had, and the others what they have [DSC-1]', async () => {
  const caches = fakeCaches()
  const { index, refresh } = await followed(caches)
  caches.put(services, clusterIP('x'.repeat(64), '10.96.0.5'))
  caches.put(services, clusterIP('web', '10.96.0.6'))
  refresh()
  assert.ok(index.get(nameKey('web.default.svc.cluster.local')))
})
