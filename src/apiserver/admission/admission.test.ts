import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiServerOptions } from '../options.ts'
import { testServer } from '../testing/server.ts'
import type { Answer, Json, TestServer } from '../testing/server.ts'

const PODS = '/api/v1/namespaces/default/pods'
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses'
const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

const withAccounts = (options: Partial<ApiServerOptions> = {}): Promise<TestServer> =>
  testServer({ admitServiceAccounts: true, ...options })

const createPod = ({ ask }: TestServer, spec: object = {}, name = 'p'): Promise<Answer> =>
  ask('POST', PODS, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } })

const mounts = (pod: Answer): string[] => pod.body.spec.containers[0].volumeMounts?.map(({ mountPath }: Json) => mountPath) ?? []

test('a Pod is its namespace default account, and finds its token, the authority and the namespace [POD-4]', async () => {
  const server = await withAccounts()
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'default' }, imagePullSecrets: [{ name: 'registry' }] })
  const pod = await createPod(server)
  assert.equal(pod.status, 201)
  const { spec } = pod.body
  assert.deepEqual(
    [spec.serviceAccountName, spec.serviceAccount, spec.imagePullSecrets[0].name],
    ['default', 'default', 'registry'],
  )
  assert.match(spec.volumes[0].name, /^kube-api-access-[a-z0-9]{5}$/)
  assert.deepEqual(spec.containers[0].volumeMounts, [{ name: spec.volumes[0].name, readOnly: true, mountPath: MOUNT }])
  const [token, authority, namespace] = spec.volumes[0].projected.sources
  assert.deepEqual(token, { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } })
  assert.equal(authority.configMap.name, 'kube-root-ca.crt')
  assert.equal(namespace.downwardAPI.items[0].fieldRef.fieldPath, 'metadata.namespace')
})

test('no token is mounted where the Pod or its account does not want one, or has its own there [POD-4]', async () => {
  const server = await withAccounts()
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'default' } })
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'quiet' }, automountServiceAccountToken: false })
  assert.deepEqual(mounts(await createPod(server, { automountServiceAccountToken: false }, 'a')), [])
  assert.deepEqual(mounts(await createPod(server, { serviceAccountName: 'quiet' }, 'b')), [])
  const loud = { serviceAccountName: 'quiet', automountServiceAccountToken: true }
  assert.deepEqual(mounts(await createPod(server, loud, 'c')), [MOUNT])
  const own = {
    containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: MOUNT }] }],
    volumes: [{ name: 'v' }],
  }
  assert.equal((await createPod(server, own, 'd')).body.spec.volumes.length, 1)
})

test('a Pod of an account that is not there is refused; the default one of a new namespace is waited for [POD-4]', async () => {
  const server = await withAccounts()
  const refused = await createPod(server, { serviceAccountName: 'x' })
  assert.equal(refused.status, 403)
  assert.equal(
    refused.body.message,
    'pods "p" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
  )
  const waiting = createPod(server)
  await server.ask('POST', ACCOUNTS, { metadata: { name: 'default' } })
  assert.equal((await waiting).status, 201)
})

test('a Pod waits five minutes for a node that does not answer, unless it says otherwise', async () => {
  const server = await testServer()
  const usual = (await createPod(server, {}, 'a')).body.spec.tolerations
  assert.deepEqual(
    usual.map(({ key, tolerationSeconds }: Json) => [key, tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ],
  )
  const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 1 }
  assert.equal((await createPod(server, { tolerations: [own] }, 'b')).body.spec.tolerations.length, 2)
  assert.equal((await createPod(server, { tolerations: [{ operator: 'Exists' }] }, 'c')).body.spec.tolerations.length, 1)
})

test('priority comes from the class', async () => {
  const server = await testServer()
  const priorityOf = async (spec: object, name: string): Promise<unknown> =>
    (await createPod(server, spec, name)).body.spec.priority
  assert.equal(await priorityOf({}, 'a'), 0)
  assert.equal(await priorityOf({ priorityClassName: 'system-node-critical' }, 'b'), 2_000_001_000)
  await server.ask('POST', CLASSES, { metadata: { name: 'usual' }, value: 7, globalDefault: true })
  assert.equal(await priorityOf({}, 'c'), 7)
  assert.match(
    (await createPod(server, { priorityClassName: 'nix' }, 'd')).body.message,
    /no PriorityClass with name nix was found/,
  )
  assert.match(
    (await createPod(server, { priority: 9 }, 'd')).body.message,
    /the integer value of priority \(9\) must not be provided/,
  )
})

const classes: readonly [title: string, body: Json, message: RegExp][] = [
  ['too high', { metadata: { name: 'a' }, value: 1_000_000_001 }, /maximum allowed value of a user defined priority is 1000000000/],
  ['with a name of the system', { metadata: { name: 'system-x' }, value: 1 }, /prefix are reserved for system use only/],
  ['that is a second default', { metadata: { name: 'b' }, value: 1, globalDefault: true }, /PriorityClass usual is already marked as default. Only one default can exist/],
] // prettier-ignore
for (const [title, body, message] of classes) {
  test(`a PriorityClass ${title} is refused`, async () => {
    const { ask } = await testServer()
    await ask('POST', CLASSES, { metadata: { name: 'usual' }, value: 7, globalDefault: true })
    const answer = await ask('POST', CLASSES, body)
    assert.equal(answer.status, 403)
    assert.match(answer.body.message, message)
  })
}

test('an Ingress without a class gets the default one [ING-1]', async () => {
  const { ask } = await testServer()
  const ingresses = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'
  const spec = { defaultBackend: { service: { name: 'web', port: { number: 80 } } } }
  assert.equal((await ask('POST', ingresses, { metadata: { name: 'a' }, spec })).body.spec.ingressClassName, undefined)
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
  const made = await ask('POST', '/apis/networking.k8s.io/v1/ingressclasses', { metadata: { name: 'portolan', annotations }, spec: { controller: 'example.com/x' } }) // prettier-ignore
  assert.equal(made.status, 201)
  assert.equal((await ask('POST', ingresses, { metadata: { name: 'b' }, spec })).body.spec.ingressClassName, 'portolan')
})
