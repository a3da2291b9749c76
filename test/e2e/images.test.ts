/** Pods from images that were loaded, and what is said of an image that nobody has. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, shellLayer, tarOf, writeDockerArchive } from '../../src/images/testing/build.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const pod = (name: string, image: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, ...more }] },
  })

/** What runs while there is somebody to talk to: a shell with files, variables, a user and a folder of its own. */
const config = {
  Env: ['SHIP=Argo'],
  Entrypoint: ['/bin/sh', '-c'],
  Cmd: ['cat /etc/greeting; echo $SHIP $PWD; id -u; sleep 1000'],
  WorkingDir: '/etc',
  User: 'sailor',
}

async function loadShip(): Promise<string> {
  const above = tarOf([
    { name: 'etc/greeting', content: 'ahoy\n' },
    { name: 'etc/.wh.group' },
    { name: 'tmp/', type: 'folder', mode: 0o1777 },
  ])
  const built = build({ layers: [await shellLayer(), above], config })
  const archive = await writeDockerArchive(join(cluster.folder, 'ship'), built, ['ship:1'])
  const { out, error } = await cluster.portolan('load', archive)
  assert.equal(out, 'Loaded image: docker.io/library/ship:1\n', error)
  return built.config
}

const waiting = (name: string): Promise<string> =>
  cluster.kubectlWords(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].state.waiting.reason}'])

test('a Pod runs from an image that was loaded, with files of its own [POD-3]', async () => {
  const id = await loadShip()
  await cluster.kubectl('create -f -', pod('ship', 'ship:1', { imagePullPolicy: 'IfNotPresent' }))
  await cluster.kubectl('create -f -', pod('other', 'ship:1', { args: ['echo $0 $SHIP; sleep 1000', 'aye'] }))
  await cluster.kubectl('wait --for=condition=Ready pod ship other --timeout=30s')
  await eventually(async () => assert.equal(await cluster.kubectl('logs ship'), 'ahoy\nArgo /etc\n1000\n'))
  await eventually(async () => assert.equal(await cluster.kubectl('logs other'), 'aye Argo\n'))

  const seen = 'cat greeting; id -u; echo mine >/tmp/note; test -e group || echo hidden; test -e /work || echo alone'
  assert.equal(await cluster.kubectlWords(['exec', 'ship', '--', 'sh', '-c', seen]), 'ahoy\n1000\nhidden\nalone\n')
  await assert.rejects(cluster.kubectl('exec other -- cat /tmp/note'), /No such file/)
  const status = await cluster.kubectlWords([
    'get',
    'pod',
    'ship',
    '-o',
    'jsonpath={.status.containerStatuses[0].image} {..imageID}',
  ])
  assert.equal(status, `docker.io/library/ship:1 ${id}`)
})

test('an image’s name for its user proves nothing [POD-3]', async () => {
  await cluster.kubectl(
    'create -f -',
    pod('rated', 'ship:1', { securityContext: { runAsNonRoot: true }, imagePullPolicy: 'Never' }),
  )
  await eventually(async () => assert.equal(await waiting('rated'), 'CreateContainerConfigError'))
  const message = '{.status.containerStatuses[0].state.waiting.message}'
  assert.match(
    await cluster.kubectlWords(['get', 'pod', 'rated', '-o', `jsonpath=${message}`]),
    /^container has runAsNonRoot and image has non-numeric user \(sailor\), cannot verify user is non-root \(pod: "rated_default/,
  )
  await cluster.kubectl('delete pod rated')
})

test('images are listed and forgotten, and what runs from them runs on [POD-3] [OPS-9]', async () => {
  assert.match((await cluster.portolan('images')).out, /^IMAGE +ID +SIZE\ndocker\.io\/library\/ship:1 +[0-9a-f]{12} +\d/)
  assert.equal(JSON.parse((await cluster.portolan('images', '-o', 'json')).out)[0].name, 'docker.io/library/ship:1')
  assert.equal((await cluster.portolan('images', 'rm', 'ship:1')).out, 'Removed image: docker.io/library/ship:1\n')
  assert.match((await cluster.portolan('images', 'rm', 'ship:1')).error, /there is no image docker\.io\/library\/ship:1/)
  assert.equal(await cluster.kubectl('exec ship -- cat /etc/greeting'), 'ahoy\n')
  assert.deepEqual(await readdir(join(cluster.data, 'default/images/scratch')), [])
})

test("an image that can't be had is ErrImagePull, then ImagePullBackOff, and runs once it is loaded [POD-3]", async () => {
  await cluster.kubectl('create -f -', pod('lost', 'localhost:5000/nowhere:1'))
  await cluster.kubectl('create -f -', pod('never', 'ship:1', { imagePullPolicy: 'Never' }))
  await cluster.kubectl('create -f -', pod('wrong', 'Ship//1'))
  await eventually(async () => assert.equal(await waiting('lost'), 'ImagePullBackOff'))
  assert.match(await cluster.kubectl('get pod lost'), /lost +0\/1 +ImagePullBackOff +0/)
  await assert.rejects(
    cluster.kubectl('logs lost'),
    /container "main" in pod "lost" is waiting to start: trying and failing to pull image/,
  )
  assert.equal(await waiting('never'), 'ErrImageNeverPull')
  assert.equal(await waiting('wrong'), 'InvalidImageName')
  await eventually(async () => {
    const events = await cluster.kubectl('events --for pod/lost')
    assert.match(events, /Pulling +Pod\/lost +Pulling image "localhost:5000\/nowhere:1"/)
    assert.match(
      events,
      /Failed to pull image .*: failed to do request: Get "http:\/\/localhost:5000\/v2\/nowhere\/manifests\/1": .*ECONNREFUSED/,
    )
    assert.match(events, /Error: ErrImagePull/)
    assert.match(events, /BackOff +Pod\/lost +Back-off pulling image/)
  })
  await loadShip()
  await cluster.kubectl('wait --for=condition=Ready pod never --timeout=30s')
})

test('a user that an image names and does not know is told, and who may not be root is not [POD-3]', async () => {
  for (const user of ['pirate', '0']) {
    const built = build({ layers: [await shellLayer()], config: { ...config, User: user, WorkingDir: '/' } })
    await cluster.portolan('load', await writeDockerArchive(join(cluster.folder, `as-${user}`), built, [`as-${user}:1`]))
  }
  const state = (name: string): Promise<string> =>
    cluster.kubectlWords(['get', 'pod', name, '-o', 'jsonpath={.status.containerStatuses[0].state.waiting}'])
  await cluster.kubectl('create -f -', pod('pirate', 'as-pirate:1'))
  await cluster.kubectl('create -f -', pod('root', 'as-0:1', { securityContext: { runAsNonRoot: true } }))
  await eventually(async () => {
    const unknown = 'unable to find user pirate: no matching entries in passwd file'
    assert.deepEqual(JSON.parse(await state('pirate')), { reason: 'CreateContainerError', message: unknown })
    assert.match(await state('root'), /container has runAsNonRoot and image will run as root/)
  })
})
