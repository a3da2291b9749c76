/** The official JavaScript client through its usual verbs: typed, dynamic, patches, watches and informers. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  ApiException,
  AppsV1Api,
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  RbacAuthorizationV1Api,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Service,
  VersionApi,
  Watch,
} from '@kubernetes/client-node'
import { createApiServer, type ApiServer } from '../../src/apiserver/server.ts'
import { testAuthority } from '../../src/apiserver/testing/certificates.ts'
import { testOptions } from '../../src/apiserver/testing/server.ts'
import { eventually } from '../../src/testing/index.ts'

const namespace = 'default'
const SERVICE: V1Service = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
}
const patchType = (strategy: string) => setHeaderOptions('Content-Type', strategy)

/** What a refusal says: the code, and the reason in the Status. */
async function refusal(asked: Promise<unknown>): Promise<[code: number, reason: string]> {
  const error = await asked.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof ApiException, String(error))
  return [error.code, (JSON.parse(error.body as string) as { reason: string }).reason]
}

suite('@kubernetes/client-node', () => {
  let server: ApiServer
  let config: KubeConfig
  let core: CoreV1Api
  before(async () => {
    const authority = await testAuthority()
    server = await createApiServer(testOptions())
    const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, tls)
    const { certificate, key } = await authority.client('CN=kubernetes-admin, O=system:masters')
    const base64 = (text: string): string => Buffer.from(text).toString('base64')
    config = new KubeConfig()
    config.loadFromClusterAndUser(
      { name: 'test', server: `https://127.0.0.1:${port}`, caData: base64(authority.certificate), skipTLSVerify: false },
      { name: 'test', certData: base64(certificate), keyData: base64(key) },
    )
    core = config.makeApiClient(CoreV1Api)
  })
  after(() => server.close())

  test('create, read, list, replace, delete [SVC-3]', async () => {
    const made = await core.createNamespacedService({ namespace, body: SERVICE })
    assert.match(made.spec?.clusterIP ?? '', /^10\./)
    assert.ok(made.metadata?.creationTimestamp instanceof Date)
    const read = await core.readNamespacedService({ namespace, name: 'web' })
    assert.deepEqual(read.spec, made.spec)
    const { items } = await core.listServiceForAllNamespaces({ labelSelector: 'app=web' })
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      ['web'],
    )
    read.spec!.ports![0]!.port = 81
    const replaced = await core.replaceNamespacedService({ namespace, name: 'web', body: read })
    assert.equal(replaced.spec?.ports?.[0]?.port, 81)
    assert.deepEqual(await refusal(core.replaceNamespacedService({ namespace, name: 'web', body: read })), [409, 'Conflict'])
    assert.deepEqual(await refusal(core.createNamespacedService({ namespace, body: SERVICE })), [409, 'AlreadyExists'])
    await core.deleteNamespacedService({ namespace, name: 'web' })
    assert.deepEqual(await refusal(core.readNamespacedService({ namespace, name: 'web' })), [404, 'NotFound'])
    const wrong = { metadata: { name: 'wrong' }, spec: { ports: [{ port: 0 }] } }
    assert.deepEqual(await refusal(core.createNamespacedService({ namespace, body: wrong })), [422, 'Invalid'])
  })

  test('patches of every type, and server-side apply [SVC-11]', async () => {
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'p' }, data: { a: '1' } } })
    const patched = async (strategy: string, body: object): Promise<V1ConfigMap> =>
      core.patchNamespacedConfigMap({ namespace, name: 'p', body }, patchType(strategy))
    assert.deepEqual((await patched(PatchStrategy.JsonPatch, [{ op: 'replace', path: '/data/a', value: '2' }])).data, { a: '2' })
    assert.deepEqual((await patched(PatchStrategy.MergePatch, { data: { b: '3' } })).data, { a: '2', b: '3' })
    assert.deepEqual((await patched(PatchStrategy.StrategicMergePatch, { data: { a: null } })).data, { b: '3' })
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { c: '4' } }
    const applied = await core.patchNamespacedConfigMap(
      { namespace, name: 'applied', body, fieldManager: 'me', force: true },
      patchType(PatchStrategy.ServerSideApply),
    )
    assert.deepEqual([applied.data, applied.metadata?.managedFields?.[0]?.operation], [{ c: '4' }, 'Apply'])
  })

  test('pages, deletion of many, dry runs, subresources [SVC-11]', async () => {
    const body = (name: string): V1ConfigMap => ({ metadata: { name, labels: { paged: 'yes' } } })
    for (const name of ['a', 'b', 'c']) await core.createNamespacedConfigMap({ namespace, body: body(name) })
    const asked = { namespace, labelSelector: 'paged=yes', limit: 2 }
    const first = await core.listNamespacedConfigMap(asked)
    const second = await core.listNamespacedConfigMap({ ...asked, _continue: first.metadata?._continue })
    assert.deepEqual([first.items.length, second.items.length, second.metadata?._continue], [2, 1, undefined])
    await core.createNamespacedConfigMap({ namespace, body: body('dry'), dryRun: 'All' })
    assert.deepEqual(await refusal(core.readNamespacedConfigMap({ namespace, name: 'dry' })), [404, 'NotFound'])
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'paged=yes' })
    assert.equal((await core.listNamespacedConfigMap(asked)).items.length, 0)
    const apps = config.makeApiClient(AppsV1Api)
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { selector: { matchLabels: { app: 'd' } }, template }
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'd' }, spec } })
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'd' })
    await apps.replaceNamespacedDeploymentScale({
      namespace,
      name: 'd',
      body: { metadata: scale.metadata, spec: { replicas: 5 } },
    })
    const status = { replicas: 5, readyReplicas: 4 }
    const scaled = await apps.patchNamespacedDeploymentStatus({ namespace, name: 'd', body: { status } }, patchType(PatchStrategy.MergePatch)) // prettier-ignore
    assert.deepEqual([scaled.spec?.replicas, scaled.status?.readyReplicas], [5, 4])
  })

  test('other groups, tokens, reviews, the version [POD-7]', async () => {
    assert.equal((await config.makeApiClient(VersionApi).getCode()).minor, '36')
    const slices = await config.makeApiClient(DiscoveryV1Api).listEndpointSliceForAllNamespaces()
    assert.deepEqual(slices.items[0]?.endpoints?.[0]?.addresses, ['10.0.0.1'])
    const leases = config.makeApiClient(CoordinationV1Api)
    const made = await leases.createNamespacedLease({ namespace, body: { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } } }) // prettier-ignore
    assert.equal(made.spec?.holderIdentity, 'me')
    const rbac = config.makeApiClient(RbacAuthorizationV1Api)
    assert.ok((await rbac.readClusterRole({ name: 'view' })).aggregationRule)
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'robot' } } })
    const request = { spec: { audiences: [], expirationSeconds: 600 } }
    const token = await core.createNamespacedServiceAccountToken({ namespace, name: 'robot', body: request })
    assert.match(token.status?.token ?? '', /^ey/)
    assert.ok(token.status?.expirationTimestamp instanceof Date)
    const review = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
      body: { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
    })
    assert.equal(review.status?.allowed, true)
  })

  test('objects of any kind, without types', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config)
    const object = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'any' }, spec: { controller: 'example.com/x' } } // prettier-ignore
    await objects.create(object)
    const patch = { ...object, metadata: { name: 'any', labels: { a: 'b' } } }
    const patched = await objects.patch(patch, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch)
    assert.deepEqual(patched.metadata?.labels, { a: 'b' })
    const { items } = await objects.list('networking.k8s.io/v1', 'IngressClass')
    assert.equal(items.length, 1)
    await objects.delete(object)
    assert.deepEqual(await refusal(objects.read(object)), [404, 'NotFound'])
  })

  test('a watch tells what happens, from the revision of a list on', async () => {
    const { metadata } = await core.listNamespacedConfigMap({ namespace })
    const seen: string[] = []
    const query = { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true }
    const tell = (phase: string, { metadata: of }: V1ConfigMap): void => void seen.push(`${phase} ${of?.name}`)
    const ending = await new Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, query, tell, () => {})
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'seen' } } })
    await core.patchNamespacedConfigMap({ namespace, name: 'seen', body: { data: { a: 'b' } } }, patchType(PatchStrategy.MergePatch)) // prettier-ignore
    await core.deleteNamespacedConfigMap({ namespace, name: 'seen' })
    await eventually(() => assert.deepEqual(seen, ['ADDED seen', 'MODIFIED seen', 'DELETED seen']))
    ending.abort()
  })

  test('an informer knows what is there, and is told of changes', async () => {
    const path = `/api/v1/namespaces/${namespace}/services`
    const informer = makeInformer(config, path, () => core.listNamespacedService({ namespace }))
    const told: string[] = []
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }: V1Service) => void told.push(`${verb} ${metadata?.name}`))
    const failures: unknown[] = []
    informer.on('error', (error: unknown) => failures.push(error))
    await informer.start()
    await eventually(() => assert.ok(informer.get('kubernetes', 'default')))
    await core.createNamespacedService({ namespace, body: { metadata: { name: 'informed' }, spec: SERVICE.spec } })
    await core.patchNamespacedService({ namespace, name: 'informed', body: { metadata: { labels: { a: 'b' } } } }, patchType(PatchStrategy.MergePatch)) // prettier-ignore
    await core.deleteNamespacedService({ namespace, name: 'informed' })
    const expected = ['add kubernetes', 'add informed', 'update informed', 'delete informed']
    await eventually(() => assert.deepEqual(told, expected))
    assert.deepEqual(failures, [])
    await informer.stop()
  })
})
