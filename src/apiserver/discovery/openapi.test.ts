import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../testing/server.ts'
import { testServer } from '../testing/server.ts'

const OLD = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const NEW = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

test('/openapi/v2 comes as JSON and as protobuf, and not at all to who has it', async () => {
  const { ask } = await testServer()
  for (const [accept, type] of [
    [undefined, 'application/json'],
    ['text/html, */*', 'application/json'],
    [OLD, NEW],
    [`${NEW},application/json`, NEW],
  ]) {
    const headers: Record<string, string> = accept === undefined ? {} : { accept }
    const answer = await ask('GET', '/openapi/v2', undefined, { headers })
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, type])
    const { etag = '' } = answer.headers
    assert.match(etag, /^"[0-9A-F]{128}"$/)
    const again = await ask('GET', '/openapi/v2', undefined, { headers: { ...headers, 'if-none-match': etag } })
    assert.deepEqual([again.status, again.body], [304, ''])
  }
  assert.equal((await ask('GET', '/openapi/v2', undefined, { headers: { accept: 'text/html' } })).status, 406)
})

test('every reference of the document leads to a definition, and every kind can be patched with validation', async () => {
  const { ask } = await testServer()
  const { body } = await ask('GET', '/openapi/v2')
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(([, name]) => name ?? '')
  assert.ok(references.length > 1000)
  assert.deepEqual(
    [...new Set(references)].filter((name) => !body.definitions[name]),
    [],
  )
  const { patch } = body.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']
  assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: 'apps', kind: 'Deployment', version: 'v1' })
  assert.ok(patch.parameters.some(({ name, in: where }: Json) => name === 'fieldValidation' && where === 'query'))
  assert.ok(patch.consumes.includes('application/strategic-merge-patch+json'))
  const { properties } = body.definitions['io.k8s.api.core.v1.ServicePort']
  assert.equal(properties.targetPort.$ref, '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString')
  assert.match(properties.targetPort.description, /hold an int32 or a string/)
})
