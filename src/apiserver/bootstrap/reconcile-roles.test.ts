import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRoleObjects, defaultRoles } from '../auth/default-roles/index.ts'
import { memoryStore } from '../../store/index.ts'
import { eventually } from '../../testing/index.ts'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

test('every default role is named once, and what it is made of exists [POD-7]', () => {
  const names = defaultRoles.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
  for (const { rules, aggregates, name } of defaultRoles)
    assert.ok(rules.length > 0 || defaultRoles.some(({ labels }) => aggregates && labels?.[aggregates]), name)
  assert.ok(defaultRoleObjects().some(({ metadata }) => metadata.name === 'system:controller:job-controller'))
})

test('a store of an older release gets the rules and subjects it lacks, and keeps what people added [POD-7]', async () => {
  const store = memoryStore()
  const { ask } = await testServer({ store })
  const path = `${RBAC}/clusterroles/system:kube-dns`
  const role = (await ask('GET', path)).body
  const own = { apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }
  await ask('PUT', path, { ...role, rules: [{ ...role.rules[0], verbs: ['list'] }, own] })
  const bindingPath = `${RBAC}/clusterrolebindings/cluster-admin`
  const binding = (await ask('GET', bindingPath)).body
  await ask('PUT', bindingPath, { ...binding, subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' }] })
  const left = `${RBAC}/clusterroles/system:kube-aggregator`
  const alone = (await ask('GET', left)).body
  alone.metadata.annotations['rbac.authorization.kubernetes.io/autoupdate'] = 'false'
  await ask('PUT', left, { ...alone, rules: [] })

  const { ask: again } = await testServer({ store })
  const { rules } = (await again('GET', path)).body
  assert.deepEqual(rules[1], own)
  assert.deepEqual(
    rules.slice(2).map(({ verbs, resources }: Json) => [verbs, resources]),
    [
      [['watch'], ['endpoints']],
      [['watch'], ['services']],
    ],
  )
  const { subjects } = (await again('GET', bindingPath)).body
  assert.deepEqual(
    subjects.map(({ name }: Json) => name),
    ['jane', 'system:masters'],
  )
  assert.deepEqual((await again('GET', left)).body.rules ?? [], [])
})

test('roles that are made of others say what they are made of, also when that changes [POD-7]', async (context) => {
  const { ask, server } = await testServer()
  const ending = new AbortController()
  context.after(() => ending.abort())
  void server.run(ending.signal)
  const metadata = { name: 'things', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }
  const rule = { apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] }
  await ask('POST', `${RBAC}/clusterroles`, { metadata, rules: [rule] })
  const says = async (name: string): Promise<boolean> =>
    (await ask('GET', `${RBAC}/clusterroles/${name}`)).body.rules.some(({ apiGroups }: Json) => apiGroups[0] === 'example.com')
  for (const name of ['view', 'edit', 'admin']) await eventually(async () => assert.ok(await says(name)))
  await ask('DELETE', `${RBAC}/clusterroles/things`)
  for (const name of ['view', 'edit', 'admin']) await eventually(async () => assert.ok(!(await says(name))))
})
