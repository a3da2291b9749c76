import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Answer } from '../testing/server.ts'
import { bootstrapAuthorizer } from './bootstrap-authorizer.ts'
import { anonymous } from './user.ts'
import type { User } from './user.ts'

const authorizer = bootstrapAuthorizer
const as = (name: string, ...groups: string[]): { user: User } => ({
  user: { name, groups: [...groups, 'system:authenticated'] },
})

const cases: readonly [who: { user: User }, method: string, path: string, status: number][] = [
  [{ user: anonymous }, 'GET', '/version', 200],
  [{ user: anonymous }, 'GET', '/healthz', 200],
  [{ user: anonymous }, 'GET', '/api', 403],
  [{ user: anonymous }, 'GET', '/api/v1/pods', 403],
  [as('jane'), 'GET', '/api', 200],
  [as('jane'), 'GET', '/api/v1/services', 403],
  [as('jane', 'system:masters'), 'GET', '/api/v1/services', 200],
  [as('system:kube-proxy'), 'GET', '/api/v1/services', 200],
  [as('system:kube-proxy'), 'GET', '/apis/discovery.k8s.io/v1/endpointslices', 200],
  [as('system:kube-proxy'), 'GET', '/api/v1/secrets', 403],
  [as('system:kube-scheduler'), 'GET', '/api/v1/pods', 200],
  [as('system:kube-scheduler'), 'DELETE', '/api/v1/namespaces/default/services/kubernetes', 403],
  [as('system:node:node1', 'system:nodes'), 'GET', '/api/v1/services', 200],
  [as('system:kube-controller-manager'), 'GET', '/apis/apps/v1/replicasets', 200],
  [as('system:coredns'), 'GET', '/api/v1/namespaces', 200],
]

for (const [who, method, path, status] of cases) {
  test(`${who.user.name}: ${method} ${path} is ${status} [POD-7]`, async () => {
    const { ask } = await testServer({ authorizer })
    assert.equal((await ask(method, path, undefined, who)).status, status)
  })
}

test("a refusal is in upstream's words", async () => {
  const { ask } = await testServer({ authorizer })
  const text = async (path: string, who = as('jane')): Promise<string> => (await ask('GET', path, undefined, who)).body.message
  assert.equal(
    await text('/api/v1/namespaces/default/services'),
    'services is forbidden: User "jane" cannot list resource "services" in API group "" in the namespace "default"',
  )
  assert.equal(
    await text('/apis/apps/v1/namespaces/default/deployments/web'),
    'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments" in API group "apps" in the namespace "default"',
  )
  assert.equal(
    await text('/api/v1/nodes/a'),
    'nodes "a" is forbidden: User "jane" cannot get resource "nodes" in API group "" at the cluster scope',
  )
  assert.equal(await text('/metrics'), 'forbidden: User "jane" cannot get path "/metrics"')
})

test('a uid, extra values and service accounts each need a right of their own', async () => {
  const { ask } = await testServer({ authorizer })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const rules = [
    { verbs: ['impersonate'], apiGroups: [''], resources: ['users', 'serviceaccounts'] },
    { verbs: ['impersonate'], apiGroups: ['authentication.k8s.io'], resources: ['userextras/scopes'], resourceNames: ['view'] },
  ]
  await ask('POST', `${rbac}/clusterroles`, { metadata: { name: 'actor' }, rules })
  const subjects = [{ kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }]
  const roleRef = { kind: 'ClusterRole', name: 'actor', apiGroup: 'rbac.authorization.k8s.io' }
  await ask('POST', `${rbac}/clusterrolebindings`, { metadata: { name: 'actor' }, subjects, roleRef })
  const whoami = async (headers: Record<string, string>): Promise<Answer> =>
    ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { ...as('jane'), headers })
  const joe = await whoami({ 'impersonate-user': 'joe', 'impersonate-extra-scopes': 'view' })
  assert.deepEqual(joe.body.status.userInfo, { username: 'joe', groups: ['system:authenticated'], extra: { scopes: ['view'] } })
  const robot = await whoami({ 'impersonate-user': 'system:serviceaccount:default:robot' })
  assert.deepEqual(robot.body.status.userInfo.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:default',
    'system:authenticated',
  ])
  const refused = async (headers: Record<string, string>): Promise<string> => (await whoami(headers)).body.message
  assert.match(
    await refused({ 'impersonate-user': 'joe', 'impersonate-extra-scopes': 'edit' }),
    /cannot impersonate resource "userextras\/scopes"/,
  )
  assert.match(await refused({ 'impersonate-user': 'joe', 'impersonate-uid': '1' }), /cannot impersonate resource "uids"/)
  assert.match(
    await refused({ 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' }),
    /cannot impersonate resource "groups"/,
  )
  assert.match(await refused({ 'impersonate-group': 'crew' }), /without impersonating a user/)
})

test('somebody who may can act for somebody else, and is then no more than that', async () => {
  const { ask } = await testServer({ authorizer })
  const headers = { 'impersonate-user': 'system:kube-proxy' }
  assert.equal((await ask('GET', '/api/v1/services', undefined, { headers })).status, 200)
  assert.equal((await ask('GET', '/api/v1/secrets', undefined, { headers })).status, 403)
  const refused = await ask('GET', '/api/v1/services', undefined, { ...as('jane'), headers })
  assert.match(refused.body.message, /User "jane" cannot impersonate resource "users" in API group "" at the cluster scope/)
})
