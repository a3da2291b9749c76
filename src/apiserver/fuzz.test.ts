import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { testServer } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

const SEED = 20_26
const RUNS = { seed: SEED, numRuns: 400 }

const NAMESPACED = '/api/v1/namespaces/default'
const COLLECTIONS = [
  `${NAMESPACED}/services`,
  `${NAMESPACED}/pods`,
  `${NAMESPACED}/configmaps`,
  `${NAMESPACED}/serviceaccounts`,
  `${NAMESPACED}/endpoints`,
  `${NAMESPACED}/persistentvolumeclaims`,
  '/api/v1/nodes',
  '/api/v1/persistentvolumes',
  '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  '/apis/batch/v1/namespaces/default/cronjobs',
  '/apis/batch/v1/namespaces/default/jobs',
  '/apis/apps/v1/namespaces/default/deployments',
  '/apis/networking.k8s.io/v1/servicecidrs',
  '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  '/apis/policy/v1/namespaces/default/poddisruptionbudgets',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/scheduling.k8s.io/v1/priorityclasses',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
]
const KEYS = ['metadata', 'name', 'labels', 'spec', 'status', 'ports', 'port', 'selector', 'rules', 'roleRef', 'subjects', 'clusterIP', 'clusterIPs', 'type', 'cidrs', 'template', 'containers', 'managedFields', 'finalizers', 'ownerReferences', 'resourceAttributes', 'taints', 'podCIDRs', 'accessModes', 'capacity', 'schedule', 'jobTemplate', 'subsets', 'volumes', 'env', 'token', 'namespace', 'boundObjectRef', '__proto__', 'constructor'] // prettier-ignore
const TEXTS = ['', 'a', 'default', 'None', '10.96.0.10', '10.96.0.0/12', 'NodePort', 'ClusterIP', 'ExternalName', '☃', '../..', '100%', '2026-01-01T00:00:00Z'] // prettier-ignore

const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...TEXTS, null, true, 0, -1, 80, 70_000, 1e308),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
}))
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('{', '[]', 'null', '"', '\0', 'k8s\0', '{"metadata":1}'),
)
const body = fc.oneof({ weight: 4, arbitrary: json.map((value) => JSON.stringify(value)) }, { weight: 1, arbitrary: noise })
const collection = fc.constantFrom(...COLLECTIONS)

/** Whatever is asked, it is the asker's mistake, and said in a Status. */
async function answered(
  { ask }: TestServer,
  { method, path, text, type }: { method: string; path: string; text?: string; type?: string },
): Promise<void> {
  const { status, body: answer } = await ask(method, path, text, { headers: type ? { 'content-type': type } : {} })
  assert.ok(status < 500, `${method} ${path} ${type} ${text}: ${status} ${JSON.stringify(answer)}`)
}

test('no body makes the server fail', async () => {
  const server = await testServer()
  const types = fc.constantFrom('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf')
  const property = fc.asyncProperty(collection, body, types, (path, text, type) =>
    answered(server, { method: 'POST', path, text, type }),
  )
  await fc.assert(property, RUNS)
})

test('no patch makes the server fail', async () => {
  const server = await testServer()
  await server.ask('POST', `${NAMESPACED}/services`, { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } })
  await server.ask('POST', `${NAMESPACED}/configmaps`, { metadata: { name: 'web' } })
  const types = fc.constantFrom('application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml') // prettier-ignore
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
    path: fc.constantFrom('', '/', '/spec', '/spec/ports/-', '/spec/ports/0/port', '/metadata', '/metadata/name', '/__proto__/x'),
    from: fc.constantFrom('', '/spec', '/metadata/labels'),
    value: json,
  })
  const patch = fc.oneof(
    body,
    fc.array(operation, { maxLength: 3 }).map((operations) => JSON.stringify(operations)),
  )
  const path = fc.constantFrom(...['services/web', 'services/web/status', 'configmaps/web', 'configmaps/new'].map((name) => `${NAMESPACED}/${name}`)) // prettier-ignore
  const property = fc.asyncProperty(path, patch, types, (where, text, type) =>
    answered(server, { method: 'PATCH', path: `${where}?fieldManager=fuzz`, text, type }),
  )
  await fc.assert(property, RUNS)
})

test('no query and no path makes the server fail', async () => {
  const server = await testServer()
  const names = ['labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'dryRun', 'fieldManager', 'includeObject', 'pretty'] // prettier-ignore
  const tokens = ['a=b', 'a in (b', '!', 'metadata.name=', 'eyJ2IjoxfQ', '9'.repeat(30), '-1', 'Exact', '%', '%zz']
  const value = fc.oneof(fc.constantFrom(...tokens), fc.string({ unit: 'binary', maxLength: 20 }).map(encode))
  const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 3 }).map((pairs) => pairs.map((pair) => pair.join('=')).join('&')) // prettier-ignore
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')
  const tail = fc.constantFrom(
    '',
    '/',
    '/web',
    '/web/status',
    '/web/scale',
    '/web/token',
    '/web/eviction',
    '/%2e%2e',
    '/%',
    '//',
    '/a/b/c/d',
  )
  // Without ranges there are no addresses, which is the server's failure for upstream, too.
  const kept = collection.filter((path) => !path.endsWith('servicecidrs'))
  const property = fc.asyncProperty(kept, method, fc.tuple(tail, query), (path, verb, [more, search]) =>
    answered(server, { method: verb, path: `${path}${more}?${search}`, text: verb === 'GET' ? undefined : '{}' }),
  )
  await fc.assert(property, RUNS)
})

const encode = (text: string): string => encodeURIComponent(text.toWellFormed())
