import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Answer, Json, TestServer } from '../testing/server.ts'

const SERVICES = '/api/v1/namespaces/default/services'
const WEB = `${SERVICES}/web`
const HEADERS = { 'content-type': 'application/apply-patch+yaml' }

const web = (spec: object, metadata: object = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', ...metadata },
  spec,
})
const apply = ({ ask }: TestServer, body: unknown, query = 'fieldManager=a', path = WEB): Promise<Answer> =>
  ask('PATCH', `${path}?${query}`, body, { headers: HEADERS })

const BALANCED = { type: 'LoadBalancer', ports: [{ port: 80 }] }

const owners = (answer: Answer): string[] =>
  answer.body.metadata.managedFields.map(
    ({ manager, operation, subresource = '' }: Json) => `${manager} ${operation} ${subresource}`,
  )

test('apply creates what is not there, owns what it says and not what is defaulted or allocated [SVC-3]', async () => {
  const server = await testServer()
  const made = await apply(server, web({ ports: [{ port: 80 }] }))
  assert.equal(made.status, 201)
  assert.equal(made.body.spec.type, 'ClusterIP')
  assert.match(made.body.spec.clusterIP, /^10\./)
  assert.deepEqual(made.body.metadata.managedFields[0].fieldsV1, {
    'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
  })
  const again = await apply(server, web({ ports: [{ port: 80 }] }))
  assert.deepEqual([again.status, again.body], [200, made.body])
})

test('what two managers want differently is a conflict with a cause for each field, until one forces [SVC-3]', async () => {
  const server = await testServer()
  await apply(server, web({ ports: [{ port: 80 }], sessionAffinity: 'None' }))
  const other = web({ sessionAffinity: 'ClientIP' })
  const refused = await apply(server, other, 'fieldManager=b')
  assert.equal(refused.status, 409)
  assert.equal(refused.body.message, 'Apply failed with 1 conflict: conflict with "a": .spec.sessionAffinity')
  assert.deepEqual(refused.body.details.causes, [
    { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.sessionAffinity' },
  ])
  const forced = await apply(server, other, 'fieldManager=b&force=true')
  assert.equal(forced.body.spec.sessionAffinity, 'ClientIP')
  assert.deepEqual(owners(forced), ['a Apply ', 'b Apply '])
})

test('every other write is tracked, too, under the name of the program when it gives none', async () => {
  const server = await testServer()
  const headers = { 'user-agent': 'kubelet/v1.36.0 (linux/amd64)' }
  const made = await server.ask('POST', `${SERVICES}?fieldManager=kubectl-create`, web(BALANCED))
  assert.deepEqual(owners(made), ['kubectl-create Update '])
  const status = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }
  const patched = await server.ask('PATCH', `${WEB}/status`, status, {
    headers: { ...headers, 'content-type': 'application/merge-patch+json' },
  })
  assert.deepEqual(owners(patched), ['kubectl-create Update ', 'kubelet Update status'])
  const put = await server.ask('PUT', WEB, { ...made.body, metadata: { name: 'web' } }, { headers })
  assert.deepEqual(owners(put), ['kubectl-create Update ', 'kubelet Update status'], 'a PUT can not change the status')
})

test('a status is applied to the status only', async () => {
  const server = await testServer()
  await apply(server, web(BALANCED))
  const wanted = { ...web({ type: 'ClusterIP' }), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }
  const applied = await apply(server, wanted, 'fieldManager=lb', `${WEB}/status`)
  assert.equal(applied.body.spec.type, 'LoadBalancer')
  assert.equal(applied.body.status.loadBalancer.ingress[0].ip, '192.0.2.1')
  assert.deepEqual(Object.keys(applied.body.metadata.managedFields[1].fieldsV1), ['f:status'])
  assert.equal((await apply(server, wanted, 'fieldManager=lb', `${SERVICES}/nix/status`)).status, 400)
})

test('of too many managers the oldest are remembered together', async () => {
  const { ask } = await testServer()
  await ask('POST', `${SERVICES}?fieldManager=m0`, web({ ports: [{ port: 80 }] }))
  const headers = { 'content-type': 'application/merge-patch+json' }
  for (let count = 1; count < 15; count++) {
    await ask('PATCH', `${WEB}?fieldManager=m${count}`, { metadata: { annotations: { [`a${count}`]: 'x' } } }, { headers })
  }
  const { body } = await ask('GET', WEB)
  assert.equal(body.metadata.managedFields.length, 10)
  assert.ok(body.metadata.managedFields.some(({ manager }: Json) => manager === 'ancient-changes'))
})

test('a client may rewrite the list of managers', async () => {
  const { ask } = await testServer()
  const made = await ask('POST', `${SERVICES}?fieldManager=x`, web({ ports: [{ port: 80 }] }))
  const [entry] = made.body.metadata.managedFields
  const headers = { 'content-type': 'application/json-patch+json' }
  const moved = [{ op: 'replace', path: '/metadata/managedFields', value: [{ ...entry, manager: 'y', operation: 'Apply' }] }]
  assert.deepEqual(owners(await ask('PATCH', `${WEB}?fieldManager=x`, moved, { headers })), ['y Apply '])
})

const refusals: readonly [title: string, query: string, body: unknown, status: number, message: RegExp][] = [
  ['without a manager', '', web({}), 422, /fieldManager: Required value: is required for apply patch/],
  ['by a manager with too long a name', `fieldManager=${'x'.repeat(129)}`, web({}), 422, /fieldManager: Too long: may not be more than 128 bytes/],
  ['that names managers', 'fieldManager=a', web({}, { managedFields: [{ manager: 'x' }] }), 400, /metadata.managedFields must be nil/],
  ['of another name', 'fieldManager=a', web({}, { name: 'other' }), 400, /does not match the name on the URL/],
  ['of an object with a uid that is not there', 'fieldManager=a', web({}, { uid: 'x' }), 409, /uid mismatch: the provided object specified uid x, and no existing object was found/],
  ['with unknown fields', 'fieldManager=a&fieldValidation=Strict', web({ prots: 1 }), 400, /unknown field "spec.prots"/],
  ['that is not valid', 'fieldManager=a', web({ ports: [{ port: 0 }] }), 422, /spec.ports\[0\].port: Invalid value: 0/],
  ['that is no YAML', 'fieldManager=a', '{', 400, /yaml/],
] // prettier-ignore
for (const [title, query, body, status, message] of refusals) {
  test(`an apply ${title} is refused in upstream's words`, async () => {
    const answer = await apply(await testServer(), body, query)
    assert.equal(answer.status, status)
    assert.match(answer.body.message, message)
  })
}
