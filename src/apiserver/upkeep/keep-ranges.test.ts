import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json, TestServer } from '../testing/server.ts'
import { planRanges } from './plan-ranges.ts'

const RANGES = '/apis/networking.k8s.io/v1/servicecidrs'
const SERVICES = '/api/v1/namespaces/default/services'

/** What is there once the server had the time to look. */
async function eventually<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read()
    if (wanted(value)) return value
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const readyOf = ({ body }: { body: Json }): Json => body.status?.conditions?.find(({ type }: Json) => type === 'Ready')

async function running(run: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await testServer()
  const stopping = new AbortController()
  const ran = server.server.run(stopping.signal)
  try {
    await run(server)
  } finally {
    stopping.abort()
    await ran
  }
}

test('a range that somebody has an address of goes only when that is free [SVC-7]', () =>
  running(async ({ ask }) => {
    await ask('POST', RANGES, { metadata: { name: 'more' }, spec: { cidrs: ['10.200.0.0/24'] } })
    await eventually(
      () => ask('GET', `${RANGES}/more`),
      (range) => readyOf(range)?.status === 'True',
    )
    const spec = { clusterIP: '10.200.0.7', ports: [{ port: 80 }] }
    assert.equal((await ask('POST', SERVICES, { metadata: { name: 'web' }, spec })).status, 201)
    await ask('DELETE', `${RANGES}/more`)
    const held = await eventually(
      () => ask('GET', `${RANGES}/more`),
      (range) => readyOf(range)?.status === 'False',
    )
    assert.match(readyOf(held).message, /^There are still IPAddresses referencing the ServiceCIDR/)
    const late = await ask('POST', SERVICES, { metadata: { name: 'late' }, spec: { ...spec, clusterIP: '10.200.0.8' } })
    assert.equal(late.status, 422)
    await ask('DELETE', `${SERVICES}/web`)
    await eventually(
      () => ask('GET', `${RANGES}/more`),
      ({ status }) => status === 404,
    )
  }))

test('a range that nobody has an address of goes at once [SVC-7]', () =>
  running(async ({ ask }) => {
    await ask('POST', RANGES, { metadata: { name: 'more' }, spec: { cidrs: ['10.200.0.0/24'] } })
    await ask('DELETE', `${RANGES}/more`)
    await eventually(
      () => ask('GET', `${RANGES}/more`),
      ({ status }) => status === 404,
    )
  }))

const range = (name: string, cidr: string, metadata: object = {}): Json => ({
  metadata: { name, finalizers: ['networking.k8s.io/service-cidr-finalizer'], ...metadata },
  spec: { cidrs: [cidr] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})
const DELETING = { deletionTimestamp: '2026-01-01T00:00:00Z' }
const ADDRESS: Json = { metadata: { name: '10.0.0.5' } }

const plans: readonly [title: string, ranges: Json[], addresses: Json[], steps: string[]][] = [
  ['nothing', [range('a', '10.0.0.0/24')], [ADDRESS], []],
  ['a range without protection', [range('a', '10.0.0.0/24', { finalizers: [] })], [], ['a protect']],
  ['one that is going and used', [range('a', '10.0.0.0/24', DELETING)], [ADDRESS], ['a say-terminating']],
  ['one that is going and free', [range('a', '10.0.1.0/24', DELETING)], [ADDRESS], ['a let-go']],
  ['one whose addresses another one has, too', [range('a', '10.0.0.0/24', DELETING), range('b', '10.0.0.0/16')], [ADDRESS], ['a let-go']],
  ['two that go together', [range('a', '10.0.0.0/24', DELETING), range('b', '10.0.0.0/16', DELETING)], [ADDRESS], ['a say-terminating', 'b say-terminating']],
] // prettier-ignore
for (const [title, ranges, addresses, steps] of plans) {
  test(`what is to be done about ${title} [SVC-7]`, () => {
    const planned = planRanges(ranges, addresses).map(({ name, step }) => `${name} ${step}`)
    assert.deepEqual(planned, steps)
  })
}
