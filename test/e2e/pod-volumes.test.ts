/** What Pods keep and what is kept for them: volumes, and their ways into containers. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { type Container, fieldOf, pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const { create, field, inPod, whenReady } = podKit(() => cluster)

test('volumes follow their sources while the Pod runs [POD-4]', async () => {
  await cluster.kubectl('create configmap live --from-literal=mood=good')
  const volumes = [
    { name: 'map', configMap: { name: 'live', defaultMode: 0o440 } },
    { name: 'gone', secret: { secretName: 'nowhere', optional: true } },
    {
      name: 'about',
      downwardAPI: {
        items: [
          { path: 'labels', ...fieldOf('metadata.labels') },
          { path: 'deep/cpu', resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' } },
        ],
      },
    },
    {
      name: 'token',
      projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault', expirationSeconds: 600 } }] },
    },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'limited', emptyDir: { medium: 'Memory' } },
  ]
  const volumeMounts = [
    ...volumes.map(({ name }) => ({ name, mountPath: `/${name}` })),
    { name: 'map', mountPath: '/one', subPath: 'mood' },
  ]
  const resources = { limits: { cpu: '500m', memory: '64Mi' } }
  await create(
    pod('live', { ...sh(SLEEP), volumeMounts, resources }, { volumes, securityContext: { runAsUser: 4711, fsGroup: 2000 } }),
  )
  await whenReady('live')
  const seen = await inPod(
    'live',
    'cat /map/mood /one /about/deep/cpu; echo; readlink /map/mood; stat -Lc %a:%g /map/mood /memory; id -G',
  )
  assert.equal(seen, 'goodgood500\n..data/mood\n440:2000\n2777:2000\n0 2000\n')
  assert.equal(
    await inPod('live', 'stat -fc %T /memory; head -c 2000000 /dev/zero >/memory/x || echo full; ls /gone').catch(String),
    'tmpfs\nfull\n',
  )
  assert.match(await inPod('live', 'df -k /limited'), / 65536 /, 'as much as the Pod may use')
  const claims = JSON.parse(Buffer.from((await inPod('live', 'cat /token/token')).split('.')[1] ?? '', 'base64url').toString())
  assert.deepEqual(claims.aud, ['vault'])
  assert.equal(claims['kubernetes.io'].pod.name, 'live')

  await cluster.kubectl('label pod live tide=high')
  await eventually(async () => assert.equal(await inPod('live', 'cat /about/labels'), 'tide="high"'))
  await cluster.kubectlWords(['patch', 'configmap', 'live', '-p', '{"data":{"mood":"better"}}'])
  await eventually(async () => assert.equal(await inPod('live', 'cat /map/mood'), 'better'), { within: 30_000 })
  assert.equal(await inPod('live', 'cat /one'), 'good', 'a subPath stays')
})

test('a subPath is a part of its volume and never leads out of it [POD-4]', async () => {
  const volumes = [{ name: 'shared', emptyDir: {} }]
  const at = (more: object) => ({ volumeMounts: [{ name: 'shared', mountPath: '/part', ...more }] })
  const env = [
    { name: 'NAME', valueFrom: fieldOf('metadata.name') },
    { name: 'ABSOLUTE', value: '/etc' },
  ]
  const maker: Container = {
    name: 'maker',
    image: 'host',
    ...sh('ln -s / /all/out; ln -s inner /all/link; mkdir /all/inner'),
    volumeMounts: [{ name: 'shared', mountPath: '/all' }],
  }
  const parts = (name: string, more: object): string =>
    pod(name, { ...sh(SLEEP), env, ...at(more) }, { volumes, initContainers: [maker] })
  await create(
    parts('inside', { subPathExpr: '$(NAME)/deep' }),
    parts('linked', { subPath: 'link' }),
    parts('escaped', { subPath: 'out/etc' }),
    parts('absolute', { subPathExpr: '$(ABSOLUTE)' }),
    parts('unset', { subPathExpr: '$(NOBODY)' }),
  )
  await whenReady('inside', 'linked')
  const why = (name: string): Promise<string> => field(name, '{.status.containerStatuses[0].state.waiting.message}')
  await eventually(async () => {
    assert.equal(await why('escaped'), 'failed to prepare subPath for volumeMount "shared" of container "main"')
    assert.equal(await why('absolute'), 'subPath "/etc" must not be an absolute path')
    assert.equal(await why('unset'), 'missing value for "NOBODY"')
  })
})
