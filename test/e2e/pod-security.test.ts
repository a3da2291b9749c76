/** Who containers run as and what they may, and how they are asked how they are: in upstream's words. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { selfSigned } from '../../src/kubelet/testing/certificate.ts'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { type Container, pod, podKit, sh, SLEEP, type Spec } from './pod-kit.ts'

let cluster: TestCluster
const { create, whenReady, inPod, field, eventsOf } = podKit(() => cluster)

before(async () => {
  cluster = await testCluster({ nodes: 1 })
})
after(() => cluster.remove())

const status = (name: string, path: string): Promise<string> => field(name, `{.status.containerStatuses[0].${path}}`)

test('a container’s status says who it runs as, and what it was given [POD-4]', async () => {
  const securityContext = { runAsUser: 4711, runAsGroup: 3000, fsGroup: 2000, supplementalGroups: [4000] }
  const resources = { requests: { cpu: '10m' }, limits: { memory: '64Mi' } }
  await create(
    pod('user', { ...sh(SLEEP), resources }, { securityContext }),
    pod('nobody', sh(SLEEP), { securityContext: { runAsUser: 65_534 } }),
    pod('strict', sh(SLEEP), { securityContext: { runAsUser: 65_534, supplementalGroupsPolicy: 'Strict' } }),
  )
  await whenReady('user', 'nobody', 'strict')
  assert.deepEqual(JSON.parse(await status('user', 'user.linux')), {
    uid: 4711,
    gid: 3000,
    supplementalGroups: [3000, 4000, 2000],
  })
  assert.equal(await inPod('user', 'id -u; id -G'), '4711\n3000 2000 4000\n')
  assert.deepEqual(JSON.parse(await status('user', 'allocatedResources')), { cpu: '10m', memory: '64Mi' })
  assert.deepEqual(JSON.parse(await status('user', 'resources')), {
    limits: { memory: '64Mi' },
    requests: { cpu: '10m', memory: '64Mi' },
  })
  // The machine's own /etc/passwd: nobody has a group of his own there.
  assert.equal(await inPod('nobody', 'id -g'), '65534\n')
  assert.equal(await inPod('strict', 'id -G'), '65534\n')
})

test('a container may be started again by rules of its own in a Pod that is not [POD-4]', async () => {
  const again = {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
  }
  const volumes = [{ name: 'v', emptyDir: {} }]
  const script = 'test -e /v/ran && exit 0; touch /v/ran; exit 42'
  await create(
    pod(
      'ruled',
      { ...sh(script), ...again, volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      { volumes, restartPolicy: 'Never' },
    ),
    pod('unruled', { ...sh('exit 41'), ...again }, { restartPolicy: 'Never' }),
  )
  await eventually(async () => assert.equal(await field('ruled', '{.status.phase}'), 'Succeeded'))
  assert.equal(await status('ruled', 'restartCount'), '1')
  await eventually(async () => assert.equal(await field('unruled', '{.status.phase}'), 'Failed'))
  assert.equal(await status('unruled', 'restartCount'), '0')
})

test('seccomp profiles of the node’s own take away what they name [POD-4]', async () => {
  const folder = join(cluster.data, 'default', 'nodes', 'node1', 'seccomp')
  await mkdir(folder)
  const syscalls = [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }]
  await writeFile(join(folder, 'no-folders.json'), JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }))
  const under = (localhostProfile: string) => ({
    ...sh(SLEEP),
    securityContext: { seccompProfile: { type: 'Localhost', localhostProfile } },
  })
  await create(pod('foldless', under('no-folders.json')), pod('profileless', under('nosuch.json')))
  await whenReady('foldless')
  await assert.rejects(inPod('foldless', 'mkdir /tmp/x'), /Operation not permitted/)
  const why = `failed to create containerd container: cannot load seccomp profile "${folder}/nosuch.json": open ${folder}/nosuch.json: no such file or directory`
  await eventually(async () => {
    assert.equal(await status('profileless', 'state.waiting.reason'), 'CreateContainerError')
    assert.equal(await status('profileless', 'state.waiting.message'), why)
  })
})

test('a privileged container sees the machine’s devices and may write to /sys and /proc, another one not [POD-4]', async () => {
  await create(pod('privileged', { ...sh(SLEEP), securityContext: { privileged: true } }), pod('plain', sh(SLEEP)))
  await whenReady('privileged', 'plain')
  const devices = (name: string): Promise<string> =>
    inPod(name, 'ls /dev | grep -cv -E "^(pts|shm|mqueue|fd|core|std.*|console|ptmx)$"')
  assert.ok(Number(await devices('privileged')) > Number(await devices('plain')))
  assert.match(await inPod('privileged', 'ls /dev'), /^kmsg$/m)
  assert.match(await inPod('privileged', 'grep CapEff /proc/self/status'), /0000?1ff/)
  await assert.rejects(inPod('plain', 'echo 1 >/proc/sys/kernel/shm_rmid_forced'), /Read-only file system/)
})

test('what this node cannot confine is refused instead of run unconfined [POD-4]', async () => {
  const appArmorProfile = { type: 'RuntimeDefault' }
  await create(
    pod('confined', { ...sh(SLEEP), securityContext: { appArmorProfile } }),
    pod('mapped', sh(SLEEP), { hostUsers: false }),
  )
  const enforced = (await inPod('plain', 'cat /sys/module/apparmor/parameters/enabled 2>/dev/null || :')).startsWith('Y')
  if (enforced) await whenReady('confined')
  else
    await eventually(async () =>
      assert.equal(
        await field('confined', '{.status.phase} {.status.reason}: {.status.message}'),
        'Failed AppArmor: Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host',
      ),
    )
  await eventually(async () =>
    assert.match(
      await eventsOf('mapped'),
      /^Warning FailedCreatePodSandBox {2}Failed to create pod sandbox: .* does not support user namespaces/m,
    ),
  )
})

test('a mount that is read-only recursively is so for what is mounted below, too [POD-4]', async () => {
  const volumes = ['outer', 'inner'].map((name) => ({ name, emptyDir: name === 'inner' ? { medium: 'Memory' } : {} }))
  const hostPath = (mount: string) => ({ name: mount, hostPath: { path: '/run' } })
  const volumeMounts = [
    { name: 'plain', mountPath: '/plain', readOnly: true },
    { name: 'recursive', mountPath: '/recursive', readOnly: true, recursiveReadOnly: 'Enabled' },
  ]
  await create(
    pod('below', { ...sh(SLEEP), volumeMounts }, { volumes: [...volumes, hostPath('plain'), hostPath('recursive')] }),
    pod('classless', sh(SLEEP), { runtimeClassName: 'nosuch' }),
  )
  await whenReady('below')
  // Its own memory volume, as the machine has it below /run.
  const find = 'find . -type d -path "*/volumes/inner" 2>/dev/null | head -n 1'
  await inPod('below', `cd /plain; cd "$(${find})"; touch x`)
  await assert.rejects(inPod('below', `cd /recursive; cd "$(${find})"; touch x`), /Read-only file system/)
  assert.equal(await status('below', 'volumeMounts[1].recursiveReadOnly'), 'Enabled')
  await eventually(async () =>
    assert.match(await eventsOf('classless'), /FailedCreatePodSandBox .* RuntimeClass "nosuch" not found$/m),
  )
})

test('what is mounted reaches the other side where a mount says so [POD-4]', async () => {
  const volumes = [{ name: 'host', hostPath: { path: '/var/lib/kubelet/propagation' } }]
  const mounting = (name: string, mountPropagation?: string): string =>
    pod(
      name,
      {
        ...sh(`mkdir /mnt/${name}; ${SLEEP}`),
        volumeMounts: [{ name: 'host', mountPath: '/mnt', ...(mountPropagation && { mountPropagation }) }],
        securityContext: { privileged: true },
      },
      { volumes, nodeName: 'node1' },
    )
  await create(
    mounting('master', 'Bidirectional'),
    mounting('slave', 'HostToContainer'),
    mounting('private', 'None'),
    mounting('default'),
  )
  const names = ['master', 'slave', 'private', 'default']
  await whenReady(...names)
  for (const name of names)
    await eventually(() => inPod(name, `mount -t tmpfs own /mnt/${name} && echo ${name} >/mnt/${name}/file`))
  const seen = (name: string): Promise<string> => inPod(name, 'cat /mnt/*/file 2>/dev/null || true')
  assert.equal(await seen('master'), 'master\n')
  assert.equal(await seen('slave'), 'master\nslave\n')
  assert.equal(await seen('private'), 'private\n')
  assert.equal(await seen('default'), 'default\n')
  await cluster.kubectl(`delete pod ${names.join(' ')}`)
})

test('hostPath looks whether what it finds is of the type it is said to be [POD-4]', async () => {
  const types = { CharDevice: '/dev/null', Socket: '/dev/null', BlockDevice: '/dev/null', File: '/etc/passwd' }
  const hostPath = (type: string, path: string): Spec => ({ volumes: [{ name: 'v', hostPath: { path, type } }] })
  const mounted = { ...sh(SLEEP), volumeMounts: [{ name: 'v', mountPath: '/v' }] }
  await create(...Object.entries(types).map(([type, path]) => pod(type.toLowerCase(), mounted, hostPath(type, path))))
  await whenReady('chardevice', 'file')
  assert.equal(await inPod('chardevice', 'stat -c %F /v'), 'character special file\n')
  const failed = (name: string, what: string) =>
    eventually(async () =>
      assert.match(await eventsOf(name), new RegExp(`FailedMount .* hostPath type check failed: /dev/null is not ${what}$`, 'm')),
    )
  await failed('socket', 'a socket file')
  await failed('blockdevice', 'a block device')
})

test('a probe that takes too long is given up with its program, and one of startup lets no other begin [POD-4]', async () => {
  const every = { periodSeconds: 1, failureThreshold: 1 }
  const slow = { exec: { command: ['sleep', '4712'] }, timeoutSeconds: 1, ...every }
  const never = { exec: { command: ['false'] }, ...every }
  await create(
    pod('slow', { ...sh(SLEEP), readinessProbe: slow }),
    pod('never', { ...sh(SLEEP), startupProbe: never, livenessProbe: never }),
  )
  await eventually(async () =>
    assert.match(await eventsOf('slow'), /^Warning Unhealthy .* Readiness probe failed: command timed out: "sleep 4712"/m),
  )
  await eventually(async () => assert.equal(await status('never', 'restartCount'), '1'))
  assert.match(await eventsOf('never'), /Startup probe failed/)
  assert.doesNotMatch(await eventsOf('never'), /Liveness/)
  // At most the one of this moment.
  assert.ok(Number(await inPod('slow', 'grep -lz "^4712$" /proc/[0-9]*/cmdline | wc -l')) <= 1)
  assert.equal(await field('slow', '{.status.containerStatuses[0].restartCount}'), '0')
  await cluster.kubectl('delete pod slow never')
})

test('probes ask by HTTPS without looking at the certificate, hooks by HTTP [POD-4]', async () => {
  const { certificate, key } = await selfSigned()
  const server = `const said = []; const answer = (q, r) => { said.push(q.url); r.end(said.join()) }
    require('https').createServer({ cert: process.env.CERT, key: process.env.KEY }, answer).listen(8443)
    require('http').createServer(answer).listen(8080)`
  const env = [
    { name: 'CERT', value: certificate },
    { name: 'KEY', value: key },
  ]
  const web: Partial<Container> = {
    command: ['node', '-e', server],
    env,
    readinessProbe: { httpGet: { scheme: 'HTTPS', port: 8443, path: '/ready' } },
  }
  await create(pod('tls', web))
  await whenReady('tls')
  const address = await field('tls', '{.status.podIP}')
  const knock = (path: string): Partial<Container> => ({
    ...sh('trap "exit 0" TERM; sleep 1000 & wait'),
    lifecycle: {
      postStart: { httpGet: { host: address, port: 8080, path } },
      preStop: { httpGet: { host: address, port: 8080, path: `${path}-end` } },
    },
  })
  await create(pod('knocks', knock('/knocks'), { terminationGracePeriodSeconds: 10 }))
  await whenReady('knocks')
  await cluster.kubectl('delete pod knocks')
  const said = await inPod('tls', 'node -e "fetch(\'http://127.0.0.1:8080/\').then((r) => r.text()).then(console.log)"')
  assert.match(said, /\/ready,.*\/knocks,.*\/knocks-end/)
})
