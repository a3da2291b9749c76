import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseLabelSelector } from '../../api/machinery/index.ts'
import { testServer } from '../testing/server.ts'
import type { Json, TestServer } from '../testing/server.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const namespace = fc.constantFrom('default', 'kube-system')
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'constructor'), fc.constantFrom('x', 'y', ''), {
  noNullPrototype: true,
})
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('PUT'), name, namespace, labels }) },
  fc.record({ verb: fc.constant('DELETE'), name, namespace, labels: fc.constant({}) }),
)
const selector = fc.constantFrom('app=x', 'app in (x,y)', 'tier=x,app=y', 'tier!=x,app=x', 'constructor', 'app=', 'app', '!tier')
const question = fc.record({ selector, namespace: fc.option(namespace), limit: fc.constantFrom(0, 1, 3) })

async function take({ ask }: TestServer, { verb, name: called, namespace: where, labels: given }: Json): Promise<void> {
  const path = `/api/v1/namespaces/${where}/endpoints`
  await ask(verb, `${path}/${called}`, verb === 'PUT' ? { metadata: { name: called, labels: given } } : undefined)
}

/** All pages, in order. */
async function listed({ ask }: TestServer, { selector: wanted, namespace: where, limit }: Json): Promise<Json[]> {
  const path = where ? `/api/v1/namespaces/${where}/endpoints` : '/api/v1/endpoints'
  const found: Json[] = []
  for (let token = ''; ;) {
    const query = new URLSearchParams({ labelSelector: wanted, limit: String(limit), continue: token })
    const { body } = await ask('GET', `${path}?${query.toString()}`)
    found.push(...body.items)
    if (!body.metadata.continue) return found
    token = body.metadata.continue
  }
}

test(`lists that an index answers are those that looking at everything gives, seed ${SEED}`, async () => {
  const rounds = fc.array(
    fc.oneof(
      step.map((change) => ({ change })),
      question.map((asked) => ({ asked })),
    ),
    { maxLength: 40 },
  )
  await fc.assert(
    fc.asyncProperty(rounds, async (done) => {
      const server = await testServer()
      for (const round of done as Json[]) {
        if (round.change) {
          await take(server, round.change)
          continue
        }
        const { body } = await server.ask('GET', '/api/v1/endpoints')
        const selects = parseLabelSelector(round.asked.selector)
        const expected = body.items.filter(
          ({ metadata }: Json) =>
            (!round.asked.namespace || metadata.namespace === round.asked.namespace) && selects(metadata.labels),
        )
        assert.deepEqual(await listed(server, round.asked), expected)
      }
      await server.server.close()
    }),
    { seed: SEED, numRuns: 60 },
  )
})

test('fields are found like labels, names at once, and the rest is still checked', async () => {
  const { ask } = await testServer()
  for (const [called, nodeName] of [
    ['p1', 'n1'],
    ['p2', 'n2'],
    ['p3', 'n1'],
  ]) {
    const spec = { nodeName, containers: [{ name: 'c', image: 'i' }] }
    await ask('POST', '/api/v1/namespaces/default/pods', { metadata: { name: called, labels: { odd: 'yes' } }, spec })
  }
  const names = async (query: string): Promise<string[]> =>
    (await ask('GET', `/api/v1/namespaces/default/pods?${query}`)).body.items.map(({ metadata }: Json) => metadata.name)
  assert.deepEqual(await names('fieldSelector=spec.nodeName%3Dn1'), ['p1', 'p3'])
  assert.deepEqual(await names('fieldSelector=spec.nodeName%3Dn1,metadata.name!%3Dp1'), ['p3'])
  assert.deepEqual(await names('fieldSelector=metadata.name%3Dp2'), ['p2'])
  assert.deepEqual(await names('fieldSelector=metadata.name%3Dp2&labelSelector=odd%3Dno'), [])
  assert.deepEqual(await names('fieldSelector=metadata.name%3Dp2,spec.nodeName%3Dn1'), [])
})
