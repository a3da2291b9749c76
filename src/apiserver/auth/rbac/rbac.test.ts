import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { memoryStore } from '../../../store/index.ts'
import { testServer } from '../../testing/server.ts'
import type { Answer, Json, TestServer } from '../../testing/server.ts'
import type { User } from '../user.ts'
import { allows, beyond, ruleText } from './rules.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const jane: User = { name: 'jane', groups: ['system:authenticated'] }
const rule = (verbs: string, resources: string, more: object = {}): Json => ({
  verbs: verbs.split(' '),
  apiGroups: [''],
  resources: resources.split(' '),
  ...more,
})

const resource = (plural: string, more: object = {}) => ({
  group: '',
  plural,
  subresource: '',
  namespace: 'a',
  name: '',
  ...more,
})
const asked = (verb: string, what: ReturnType<typeof resource> | string) =>
  typeof what === 'string' ? { user: jane, verb, path: what } : { user: jane, verb, path: '', resource: what }

const decisions: readonly [title: string, rule: Json, asked: ReturnType<typeof asked>, allowed: boolean][] = [
  ['its verb and resource', rule('get', 'pods'), asked('get', resource('pods')), true],
  ['another verb', rule('get', 'pods'), asked('list', resource('pods')), false],
  ['another group', rule('get', 'pods'), asked('get', resource('pods', { group: 'metrics.k8s.io' })), false],
  ['any verb', rule('*', 'pods'), asked('delete', resource('pods')), true],
  ['not the subresource', rule('get', 'pods'), asked('get', resource('pods', { subresource: 'log' })), false],
  ['the subresource', rule('get', 'pods/log'), asked('get', resource('pods', { subresource: 'log' })), true],
  ['the scale of anything', rule('get', '*/scale'), asked('get', resource('x', { subresource: 'scale' })), true],
  ['one by name', rule('get', 'pods', { resourceNames: ['p'] }), asked('get', resource('pods', { name: 'p' })), true],
  ['not another one', rule('get', 'pods', { resourceNames: ['p'] }), asked('get', resource('pods', { name: 'q' })), false],
  ['a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, asked('get', '/healthz'), true],
  ['paths below', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, asked('get', '/api/v1'), true],
  ['no path by resources', rule('*', '*'), asked('get', '/healthz'), false],
]
suite('a rule allows', () => {
  for (const [title, given, what, allowed] of decisions) test(title, () => assert.equal(allows(given, what), allowed))
})

test('what is beyond the rules one has', () => {
  const owned = [rule('get list', 'pods'), rule('*', 'configmaps'), { verbs: ['get'], nonResourceURLs: ['/a/*'] }]
  assert.deepEqual(beyond(owned, [rule('get', 'pods'), rule('delete', 'configmaps', { resourceNames: ['x'] })]), [])
  assert.deepEqual(beyond(owned, [{ verbs: ['get'], nonResourceURLs: ['/a/b'] }]), [])
  assert.equal(
    beyond(owned, [rule('get watch', 'pods secrets')])
      .map(ruleText)
      .join(),
    [
      ['secrets', 'get'],
      ['pods', 'watch'],
      ['secrets', 'watch'],
    ]
      .map(([plural, verb]) => `{APIGroups:[""], Resources:["${plural}"], Verbs:["${verb}"]}`)
      .join(),
  )
})

async function bound(binding: object, roles: readonly Json[] = []): Promise<TestServer> {
  const server = await testServer()
  for (const role of roles) {
    const where = role.namespace ? `${RBAC}/namespaces/${role.namespace}/roles` : `${RBAC}/clusterroles`
    await server.ask('POST', where, role)
  }
  const made = await server.ask('POST', `${RBAC}/clusterrolebindings`, { metadata: { name: 'b' }, ...binding })
  assert.equal(made.status, 201)
  return server
}

const to = (subject: object, name: string): object => ({
  subjects: [subject],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
})
const JANE = { kind: 'User', name: 'jane' }
const review = ({ ask }: TestServer, spec: Json, user?: User): Promise<Answer> =>
  ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec }, { user })

test('a review says whether, and by which binding [POD-7]', async () => {
  const server = await bound(to(JANE, 'view'))
  const may = async (verb: string, plural: string): Promise<Json> =>
    (await review(server, { user: 'jane', resourceAttributes: { verb, resource: plural, namespace: 'a' } })).body.status
  assert.deepEqual(await may('get', 'services'), {
    allowed: true,
    reason: 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "view" to User "jane"',
  })
  assert.deepEqual(await may('get', 'secrets'), { allowed: false })
  assert.deepEqual(await may('delete', 'services'), { allowed: false })
})

test('groups and service accounts have what is bound to them', async () => {
  const account: User = { name: 'system:serviceaccount:a:robot', groups: [] }
  const ofAccount = await bound(to({ kind: 'ServiceAccount', name: 'robot', namespace: 'a' }, 'view'))
  assert.equal((await ofAccount.ask('GET', '/api/v1/services', undefined, { user: account })).status, 200)
  const ofGroup = await bound(to({ kind: 'Group', name: 'crew' }, 'view'))
  const member: User = { name: 'x', groups: ['crew'] }
  assert.equal((await ofGroup.ask('GET', '/api/v1/services', undefined, { user: member })).status, 200)
  assert.equal((await ofGroup.ask('GET', '/api/v1/services', undefined, { user: jane })).status, 403)
})

test('an aggregated role has the rules of the roles that it selects, also of later ones', async () => {
  const server = await bound(to(JANE, 'view'))
  const secrets = (): Promise<Answer> => server.ask('GET', '/api/v1/secrets', undefined, { user: jane })
  assert.equal((await secrets()).status, 403)
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  await server.ask('POST', `${RBAC}/clusterroles`, { metadata: { name: 'more', labels }, rules: [rule('list', 'secrets')] })
  assert.equal((await secrets()).status, 200)
  await server.ask('DELETE', `${RBAC}/clusterroles/more`)
  assert.equal((await secrets()).status, 403)
})

test('a binding to a role that is not there gives nothing, and the refusal says so', async () => {
  const server = await bound(to(JANE, 'nix'))
  const { body } = await server.ask('GET', '/api/v1/services', undefined, { user: jane })
  assert.match(body.message, /: RBAC: clusterrole.rbac.authorization.k8s.io "nix" not found$/)
})

test('a question that makes no sense is refused', async () => {
  const server = await testServer()
  assert.equal((await review(server, { user: 'jane' })).status, 422)
  assert.equal((await review(server, { resourceAttributes: { verb: 'get' } })).status, 422)
  assert.equal((await server.ask('GET', '/apis/authorization.k8s.io/v1/subjectaccessreviews')).status, 405)
})

test('roles and bindings go on to count when the server starts anew', async () => {
  const store = memoryStore()
  const first = await testServer({ store })
  await first.ask('POST', `${RBAC}/clusterrolebindings`, { metadata: { name: 'b' }, ...to(JANE, 'view') })
  const second = await testServer({ store })
  assert.equal((await second.ask('GET', '/api/v1/services', undefined, { user: jane })).status, 200)
})
