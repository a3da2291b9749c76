import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeConntrack, type Flow, type Nft } from '../../kernel/index.ts'
import { forget } from './forget.ts'
import { type Inspection, Reaches } from './reach.ts'
import { parseClient, strayClients, strayFlows } from './remembered.ts'

const end = (text: string): Flow['to'] => ({ address: text.split(':')[0]!, port: Number(text.split(':')[1]) })
const flow = (to: string, by: string): Flow => ({ protocol: 'udp', to: end(to), by: end(by) })

const DNS = '10.96.0.40 . udp . 53'
const NODE_PORT = 'udp . 30053'
const A = '10.244.0.2 . 8080'
const B = '10.244.1.2 . 8080'
const reach = (frontend: string, flows: readonly string[]) => ({ frontend, local: false, kept: undefined, flows: new Set(flows) })

/** What is inspected after a Service went from the endpoints `before` to `after`. */
function moved(before: readonly string[], after: readonly string[] | undefined): Inspection | undefined {
  const reaches = new Reaches()
  reaches.set('default/dns', [reach(DNS, before), reach(NODE_PORT, before)])
  reaches.takeInspection()
  reaches.set('default/dns', after ? [reach(DNS, after), reach(NODE_PORT, after)] : [])
  return reaches.takeInspection()
}

const toA = flow('10.96.0.40:53', '10.244.0.2:8080')
const toB = flow('10.96.0.40:53', '10.244.1.2:8080')
const byNodePort = flow('192.168.1.2:30053', '10.244.0.2:8080')
const untranslated = flow('192.168.1.2:30053', '192.168.1.2:30053')
const others = flow('10.96.0.41:53', '10.244.0.2:8080')
const table = [toA, toB, byNodePort, untranslated, others]

for (const [title, before, after, stray] of [
  ['an endpoint removed', [A, B], [B], [toA, byNodePort, untranslated]],
  ['an endpoint added', [B], [A, B], undefined],
  ['0 to N', [], [A, B], [untranslated]],
  ['N to 0', [A, B], [], [toA, toB, byNodePort]],
  ['Service deleted', [A, B], undefined, [toA, toB, byNodePort]],
  ['nothing', [A], [A], undefined],
] as const) {
  test(`flows that are deleted on: ${title} [NET-9]`, () => {
    const inspection = moved(before, after)
    assert.deepEqual(inspection && strayFlows(table, inspection), stray)
  })
}

test('a restart deletes what is wrong and nothing else [NET-9]', async () => {
  const reaches = new Reaches()
  reaches.set('default/dns', [reach(DNS, [A]), reach(NODE_PORT, [A])])
  const conntrack = fakeConntrack([toA, toB, byNodePort, others])
  const memory = { nft: nftWith([]), conntrack }
  await forget(reaches.takeInspection()!, memory, 'ip')
  assert.deepEqual(conntrack.flows, [toA, byNodePort, others])
  assert.equal(reaches.takeInspection(), undefined)
})

test('clients whose endpoint is gone, or whose Service has no affinity any more, choose anew [NET-8]', () => {
  const clients = [A, B].map((target) => ({ client: target, frontend: DNS, key: target, target, secondsLeft: 7 }))
  const reaches = new Reaches()
  const keeps = (kept: readonly string[] | undefined, local = false) => {
    reaches.set('default/dns', kept ? [{ frontend: DNS, kept: new Set(kept), local, flows: undefined }] : [])
    const inspection = reaches.takeInspection()
    return inspection && strayClients(clients, inspection).map(({ target }) => target)
  }
  assert.deepEqual(keeps([A, B]), [])
  assert.deepEqual(keeps([B]), [A])
  assert.deepEqual(keeps([A, B]), undefined)
  assert.deepEqual(keeps([A, B], true), [A, B], 'the policy is Local now')
  assert.deepEqual(keeps([A, B], true), undefined)
  assert.deepEqual(keeps(undefined), [A, B])
})

test('a client is read as libnftables-json(5) has it [NET-8]', () => {
  const concat = (...parts: (string | number)[]) => [
    { elem: { val: { concat: parts }, timeout: 50, expires: 7 } },
    { concat: ['10.244.0.2', 8080] },
  ]
  const target = A
  assert.deepEqual(parseClient(concat('192.168.1.10', '10.96.0.40', 53), 'udp'), {
    client: '192.168.1.10',
    frontend: DNS,
    key: '192.168.1.10 . 10.96.0.40 . 53',
    target,
    secondsLeft: 7,
  })
  assert.deepEqual(parseClient(concat('192.168.1.10', 30053), 'udp'), {
    client: '192.168.1.10',
    frontend: NODE_PORT,
    key: '192.168.1.10 . 30053',
    target,
    secondsLeft: 7,
  })
})

const nftWith = (elements: readonly unknown[]): Nft => ({
  run: async () => {},
  list: async () => [],
  elements: async () => elements,
  remember: async () => {},
  changedByOthers: async () => false,
})
