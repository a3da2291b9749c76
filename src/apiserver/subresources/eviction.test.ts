import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Answer, Json, TestServer } from '../testing/server.ts'

const PODS = '/api/v1/namespaces/default/pods'
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

/** A running Pod, and a budget that says how many may go. */
async function withBudget(status: object, { ready = true, finalizers = [] as string[] } = {}): Promise<TestServer> {
  const server = await testServer()
  const { ask } = server
  const labels = { app: 'web' }
  await ask('POST', PODS, { metadata: { name: 'p', labels, finalizers }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const pod = (await ask('GET', `${PODS}/p`)).body
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
  await ask('PUT', `${PODS}/p/status`, { ...pod, status: { phase: 'Running', conditions } })
  await ask('POST', BUDGETS, { metadata: { name: 'b' }, spec: { minAvailable: 1, selector: { matchLabels: labels } } })
  const budget = (await ask('GET', `${BUDGETS}/b`)).body
  await ask('PUT', `${BUDGETS}/b/status`, { ...budget, status: { observedGeneration: 1, expectedPods: 2, ...status } })
  return server
}

const evict = ({ ask }: TestServer, more: object = {}): Promise<Answer> =>
  ask('POST', `${PODS}/p/eviction`, { kind: 'Eviction', apiVersion: 'policy/v1', metadata: { name: 'p' }, ...more })

const SPARE = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 }
const SPENT = { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 }

test('an eviction is taken out of the budget, which remembers the Pod [POD-7]', async () => {
  const server = await withBudget(SPARE)
  assert.equal((await evict(server)).status, 201)
  const { status } = (await server.ask('GET', `${BUDGETS}/b`)).body
  assert.deepEqual([status.disruptionsAllowed, Object.keys(status.disruptedPods)], [0, ['p']])
  assert.equal((await server.ask('GET', `${PODS}/p`)).status, 404)
})

test('a spent budget keeps its Pod, and says what it needs [POD-7]', async () => {
  const server = await withBudget(SPENT)
  const { status, body } = await evict(server)
  assert.equal(status, 429)
  assert.equal(body.message, "Cannot evict pod as it would violate the pod's disruption budget.")
  assert.deepEqual(body.details.causes, [
    { reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 1 currently' },
  ])
  assert.equal((await server.ask('GET', `${PODS}/p`)).status, 200)
})

test('a budget that could not be worked out says so [POD-7]', async () => {
  const conditions = [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no idea' }]
  const { body } = await evict(await withBudget({ ...SPENT, conditions }))
  const message = 'The disruption budget b does not allow evicting pods currently because it failed sync: no idea'
  assert.deepEqual(body.details.causes, [{ reason: 'DisruptionBudget', message }])
})

test('a Pod that is evicted says so while it goes, and a budget that it was the last of has none to spare [POD-7]', async () => {
  const conditions = [{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }]
  const server = await withBudget({ ...SPARE, conditions }, { finalizers: ['example.com/wait'] })
  assert.equal((await evict(server)).status, 201)
  const { metadata, status } = (await server.ask('GET', `${PODS}/p`)).body
  assert.ok(metadata.deletionTimestamp)
  const { type, reason, message } = status.conditions.at(-1)
  assert.deepEqual([type, reason, message], ['DisruptionTarget', 'EvictionByEvictionAPI', 'Eviction API: evicting'])
  const budget = (await server.ask('GET', `${BUDGETS}/b`)).body
  assert.equal(budget.status.conditions[0].reason, 'InsufficientPods')
})

const others: readonly [title: string, status: Json, ready: boolean, code: number][] = [
  ['that nobody has looked at yet', { ...SPARE, observedGeneration: 0 }, true, 429],
  ['that is spent, of a Pod that does not count', SPENT, false, 201],
  ['that lacks Pods, of a Pod that does not count', { ...SPENT, currentHealthy: 0 }, false, 429],
]
for (const [title, status, ready, code] of others) {
  test(`a budget ${title}: ${code} [POD-7]`, async () =>
    assert.equal((await evict(await withBudget(status, { ready }))).status, code))
}

test('a dry run spends nothing', async () => {
  const server = await withBudget(SPARE)
  assert.equal((await evict(server, { deleteOptions: { dryRun: ['All'] } })).status, 201)
  assert.equal((await server.ask('GET', `${BUDGETS}/b`)).body.status.disruptionsAllowed, 1)
  assert.equal((await server.ask('GET', `${PODS}/p`)).status, 200)
})
