/** Pods as upstream's suites make them: what a container sees, and what is said of it. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { type TestCluster, testCluster } from './cluster.ts'
import { type Container, fieldOf, pod, podKit, sh, SLEEP } from './pod-kit.ts'

let cluster: TestCluster
before(async () => {
  cluster = await testCluster()
})
after(() => cluster.remove())

const { create, eventsOf, field, inPod, whenReady } = podKit(() => cluster)
const resourceOf = (resource: string, divisor?: string) => ({ resourceFieldRef: { resource, divisor } })

test('variables come from the Pod, its resources, ConfigMaps and Secrets, expanded [POD-4]', async () => {
  await cluster.kubectl('create configmap settings --from-literal=colour=red --from-literal=size=2')
  await cluster.kubectl('create secret generic hidden --from-literal=word=sesame')
  const env = [
    { name: 'NAME', valueFrom: fieldOf('metadata.name') },
    { name: 'APP', valueFrom: fieldOf("metadata.labels['app']") },
    { name: 'NODE', valueFrom: fieldOf('spec.nodeName') },
    { name: 'ACCOUNT', valueFrom: fieldOf('spec.serviceAccountName') },
    { name: 'POD_IP', valueFrom: fieldOf('status.podIP') },
    { name: 'CPU', valueFrom: resourceOf('limits.cpu') },
    { name: 'MILLI', valueFrom: resourceOf('requests.cpu', '1m') },
    { name: 'MEMORY', valueFrom: resourceOf('limits.memory', '1Mi') },
    { name: 'STORAGE', valueFrom: resourceOf('requests.ephemeral-storage') },
    { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
    { name: 'WORD', valueFrom: { secretKeyRef: { name: 'hidden', key: 'word' } } },
    { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'nowhere', key: 'x', optional: true } } },
    { name: 'ALL', value: '$(APP) $(COLOUR) $$(COLOUR) $(UNKNOWN)' },
  ]
  const resources = { requests: { cpu: '250m' }, limits: { cpu: '1500m', memory: '64Mi' } }
  const script =
    'echo $NAME $APP $NODE $ACCOUNT $CPU $MILLI $MEMORY $STORAGE $COLOUR $WORD ${NONE-unset} $MAP_size; echo "$ALL"; echo $POD_IP'
  const container = { ...sh(script), env, resources, envFrom: [{ prefix: 'MAP_', configMapRef: { name: 'settings' } }] }
  const spec = { restartPolicy: 'Never', nodeName: 'node2' }
  await create(JSON.stringify({ ...JSON.parse(pod('env', container, spec)), metadata: { name: 'env', labels: { app: 'web' } } }))
  await cluster.kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/env --timeout=30s')
  const [line, all, ip] = (await cluster.kubectl('logs env')).split('\n')
  assert.equal(line, 'env web node2 default 2 250 64 0 red sesame unset 2')
  assert.equal(all, 'web red $(COLOUR) $(UNKNOWN)')
  assert.equal(ip, await field('env', '{.status.podIP}'))
  assert.equal(await field('env', '{.status.qosClass}'), 'Burstable')
})

const terminated = (name: string): Promise<string> => field(name, '{.status.containerStatuses[0].state.terminated.message}')

test('a container’s last words are its file, or its output [POD-4]', async () => {
  const once = { restartPolicy: 'Never' }
  const fallback = { terminationMessagePolicy: 'FallbackToLogsOnError' }
  await create(
    pod('words', sh('echo -n bye >/dev/termination-log; exit 3'), once),
    pod('output', { ...sh('echo so it goes; exit 1'), ...fallback }, once),
    pod('silent', { ...sh('echo done'), ...fallback }, once),
    pod('elsewhere', { ...sh('echo -n there >/tmp/end'), terminationMessagePath: '/tmp/end' }, once),
    pod('large', sh('head -c 9000 /dev/zero | tr "\\0" x >/dev/termination-log'), {
      ...once,
      securityContext: { runAsUser: 1000 },
    }),
  )
  for (const name of ['words', 'output'])
    await cluster.kubectl(`wait --for=jsonpath={.status.phase}=Failed pod/${name} --timeout=30s`)
  for (const name of ['silent', 'elsewhere', 'large'])
    await cluster.kubectl(`wait --for=jsonpath={.status.phase}=Succeeded pod/${name} --timeout=30s`)
  assert.equal(await terminated('words'), 'bye')
  assert.equal(await terminated('output'), 'so it goes\n')
  assert.equal(await terminated('silent'), '')
  assert.equal(await terminated('elsewhere'), 'there')
  assert.equal((await terminated('large')).length, 4096)
})

test('hooks run after the start and before the end, and a postStart hook that fails ends its container [POD-4]', async () => {
  const volumes = [{ name: 'shared', emptyDir: {} }]
  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
  const hook = (...command: string[]) => ({ exec: { command } })
  const first: Container = {
    name: 'first',
    image: 'host',
    volumeMounts,
    ...sh(SLEEP),
    lifecycle: { postStart: hook('sh', '-c', 'sleep 0.3; echo first >>/shared/order') },
  }
  const second: Container = {
    name: 'second',
    image: 'host',
    volumeMounts,
    ...sh('echo second >>/shared/order; trap "" TERM; sleep 1000'),
    lifecycle: { preStop: hook('sh', '-c', 'echo $POD >>/shared/order') },
  }
  await create(
    pod('hooks', {}, { containers: [first, second], volumes, terminationGracePeriodSeconds: 1 }),
    pod('unhooked', { ...sh(SLEEP), lifecycle: { postStart: hook('sh', '-c', 'exit 7') } }),
    pod('connected', { ...sh(SLEEP), lifecycle: { postStart: { tcpSocket: { host: '10.96.0.1', port: 443 } } } }),
  )
  await whenReady('hooks')
  assert.equal(await inPod('hooks', 'cat /shared/order'), 'first\nsecond\n', 'one container after the other’s hook')
  await eventually(async () => {
    for (const name of ['unhooked', 'connected']) {
      const events = await eventsOf(name)
      assert.match(events, /^Warning FailedPostStartHook spec\.containers\{main\} PostStartHook failed$/m)
      assert.match(events, /^Normal Killing spec\.containers\{main\} FailedPostStartHook$/m)
    }
  })
})

/** A server of the gRPC health protocol that says of every service but `tired` that it serves. */
const HEALTH = `require('http2').createServer().on('stream', (stream) => {
  const pieces = []
  stream.on('data', (piece) => pieces.push(piece)).on('end', () => {
    const tired = Buffer.concat(pieces).includes('tired')
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, tired ? 2 : 1]))
  })
}).listen(9000)`

test('probes ask by gRPC, and say what they cannot find out [POD-4]', async () => {
  const server = { command: ['node', '-e', HEALTH] }
  const seconds = { periodSeconds: 1, failureThreshold: 1 }
  await create(
    pod('healthy', { ...server, readinessProbe: { grpc: { port: 9000 }, ...seconds } }),
    pod('tired', { ...server, livenessProbe: { grpc: { port: 9000, service: 'tired' }, initialDelaySeconds: 1, ...seconds } }),
    pod('unreached', { ...sh(SLEEP), readinessProbe: { grpc: { port: 2333 }, ...seconds } }),
    pod('lost', { ...sh(SLEEP), readinessProbe: { exec: { command: ['/no/such'] }, ...seconds } }),
    pod(
      'patient',
      {
        ...sh('trap "" TERM; sleep 1000'),
        startupProbe: { exec: { command: ['false'] }, terminationGracePeriodSeconds: 1, ...seconds },
      },
      { terminationGracePeriodSeconds: 600 },
    ),
  )
  await whenReady('healthy')
  await eventually(async () => {
    assert.match(
      await eventsOf('tired'),
      /^Warning Unhealthy spec\.containers\{main\} Liveness probe failed: service unhealthy \(responded with "NOT_SERVING"\)$/m,
    )
    assert.match(
      await eventsOf('unreached'),
      /Readiness probe failed: timeout: failed to connect service "[\d.]+:2333" within 1s: context deadline exceeded$/m,
    )
    assert.match(await eventsOf('lost'), /Readiness probe errored and resulted in unknown state: exec: "\/no\/such": stat/)
    assert.equal(await field('patient', '{.status.containerStatuses[0].restartCount}'), '1', 'a probe’s own patience')
    assert.match(
      await eventsOf('patient'),
      /Killing spec\.containers\{main\} Container main failed startup probe, will be restarted/,
    )
  })
  await cluster.kubectl('delete pod patient --grace-period=0 --force')
})

const REDIRECTS = `require('http').createServer((question, answer) => {
  const location = { '/near': '/ready', '/far': 'http://0.0.0.0/' }[question.url]
  answer.writeHead(location ? 302 : question.url === '/ready' ? 200 : 404, location && { location }).end('Found')
}).listen(8080)`

test('a probe is led to other places of its host, and warned of other hosts [POD-4]', async () => {
  const probe = (path: string) => ({ httpGet: { port: 8080, path }, periodSeconds: 1, failureThreshold: 1 })
  await create(
    pod('led', { command: ['node', '-e', REDIRECTS], readinessProbe: probe('/near') }),
    pod('misled', { command: ['node', '-e', REDIRECTS], readinessProbe: probe('/far') }),
  )
  await whenReady('led', 'misled')
  assert.doesNotMatch(await eventsOf('led'), /ProbeWarning/)
  await eventually(async () =>
    assert.match(
      await eventsOf('misled'),
      /^Warning ProbeWarning spec\.containers\{main\} Readiness probe warning: Probe terminated redirects, Response body: Found$/m,
    ),
  )
  const ready = '{.status.conditions[?(@.type=="Ready")]}'
  assert.deepEqual(
    Object.keys(JSON.parse(await field('led', ready))).filter((key) => key === 'reason' || key === 'message'),
    [],
  )
})

test('what a node refuses, and what runs too long, fails with upstream’s reason [POD-4]', async () => {
  const sysctl = (name: string, value: string) => ({ securityContext: { sysctls: [{ name, value }] } })
  await create(
    pod('forbidden', sh(SLEEP), sysctl('kernel.msgmax', '1000')),
    pod('allowed', sh(SLEEP), sysctl('net.ipv4.ip_local_port_range', '40000 50000')),
    pod('own', sh(SLEEP), sysctl('kernel.shm_rmid_forced', '1')),
    pod('brief', sh(SLEEP), { activeDeadlineSeconds: 1 }),
  )
  await whenReady('allowed', 'own')
  assert.equal(await inPod('own', 'cat /proc/sys/kernel/shm_rmid_forced'), '1\n')
  assert.equal(await inPod('allowed', 'cat /proc/sys/net/ipv4/ip_local_port_range'), '40000\t50000\n')
  const why = '{.status.phase}: {.status.reason}: {.status.message}'
  const rejected = 'Pod was rejected: forbidden sysctl: "kernel.msgmax" not allowlisted'
  await eventually(async () => {
    assert.equal(await field('forbidden', why), `Failed: SysctlForbidden: ${rejected}`)
    const late = 'Pod was active on the node longer than the specified deadline'
    assert.equal(await field('brief', why), `Failed: DeadlineExceeded: ${late}`)
  })
})

test('exec passes on what a program writes and how it ends, and says why it could not start [POD-5]', async () => {
  const securityContext = { runAsUser: 1000, runAsGroup: 1001, supplementalGroups: [3000] }
  await create(pod('busy', sh(SLEEP), { securityContext }))
  await whenReady('busy')
  assert.equal(await inPod('busy', 'id -u; id -G'), '1000\n1001 3000\n')
  assert.equal((await inPod('busy', 'seq 1 200000')).length, 1_288_895)
  await assert.rejects(inPod('busy', 'exit 7'), /command terminated with exit code 7/)
  await assert.rejects(
    cluster.kubectl('exec busy -- nosuch'),
    /Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "\w+": OCI runtime exec failed: exec failed: unable to start container process: exec: "nosuch": executable file not found in \$PATH: unknown/,
  )
})

test('containers of a Pod share memory, and what the host shares is asked for [POD-4]', async () => {
  const [one, two]: Container[] = ['one', 'two'].map((name) => ({ name, image: 'host', ...sh(SLEEP) }))
  await create(
    pod('pair', {}, { containers: [one!, two!] }),
    pod('open', sh(SLEEP), { hostNetwork: true, hostPID: true, hostIPC: true }),
  )
  await whenReady('pair', 'open')
  await cluster.kubectlWords(['exec', 'pair', '-c', 'one', '--', 'sh', '-c', 'echo said >/dev/shm/word'])
  assert.equal(await cluster.kubectl('exec pair -c two -- cat /dev/shm/word'), 'said\n')
  assert.match(await inPod('open', 'ip -o addr show'), /192\.168\.1\.\d+\/\d+/)
  assert.notEqual((await inPod('open', 'cat /proc/1/comm')).trim(), 'sleep')
})

test('containers of a Pod share their processes when it says so, and RuntimeDefault takes system calls away [POD-4]', async () => {
  const containers: Container[] = ['left', 'right'].map((name) => ({ name, image: 'host', ...sh('sleep 4711') }))
  const seccompProfile = { type: 'RuntimeDefault' }
  await create(
    pod('shared', {}, { containers, shareProcessNamespace: true }),
    pod('filtered', { ...sh(SLEEP), securityContext: { seccompProfile } }),
    pod('unfiltered', sh(SLEEP)),
  )
  await whenReady('shared', 'filtered', 'unfiltered')
  const seen = await cluster.kubectlWords([
    'exec',
    'shared',
    '-c',
    'left',
    '--',
    'sh',
    '-c',
    'cat /proc/[0-9]*/cmdline | tr "\\0" " "',
  ])
  assert.equal(seen.match(/sleep 4711/g)?.length, 4, seen)
  await assert.rejects(cluster.kubectl('exec shared -c left -- ls /proc/1/root/'), /Permission denied/)
  assert.match(await inPod('filtered', 'grep Seccomp: /proc/self/status; echo a | cat'), /Seccomp:\t2\na\n/)
  assert.match(await inPod('unfiltered', 'grep Seccomp: /proc/self/status'), /Seccomp:\t0/)
  await assert.rejects(inPod('filtered', 'unshare --user true'), /Operation not permitted/)
  await inPod('unfiltered', 'unshare --user true')
})

test('what can’t be as its spec says is told in upstream’s words [POD-4]', async () => {
  const keyOf = (name: string, key: string) => [{ name: 'X', valueFrom: { configMapKeyRef: { name, key } } }]
  const waiting = (name: string): Promise<string> =>
    field(name, '{.status.containerStatuses[0].state.waiting.reason}: {.status.containerStatuses[0].state.waiting.message}')
  await create(
    pod('keyless', { ...sh(SLEEP), env: keyOf('kube-root-ca.crt', 'nokey') }),
    pod('mapless', { ...sh(SLEEP), env: keyOf('nomap', 'x') }),
    pod('rootless', { ...sh(SLEEP), securityContext: { runAsNonRoot: true } }),
    pod('unmounted', sh(SLEEP), {
      volumes: [
        { name: 'v', configMap: { name: 'nomap' } },
        { name: 'h', hostPath: { path: '/nowhere', type: 'Directory' } },
      ],
    }),
    pod('missing', { command: ['/no/such'] }, { restartPolicy: 'Never' }),
  )
  await eventually(async () => {
    assert.equal(
      await waiting('keyless'),
      "CreateContainerConfigError: couldn't find key nokey in ConfigMap default/kube-root-ca.crt",
    )
    assert.equal(await waiting('mapless'), 'CreateContainerConfigError: configmap "nomap" not found')
    assert.match(
      await waiting('rootless'),
      /^CreateContainerConfigError: container has runAsNonRoot and image will run as root \(pod: "rootless_default\(.*\)", container: main\)$/,
    )
    assert.match(
      await eventsOf('unmounted'),
      /^Warning FailedMount {2}MountVolume.SetUp failed for volume "v" : configmap "nomap" not found$/m,
    )
    assert.match(
      await terminated('missing'),
      /unable to start container process: .* exec: "\/no\/such": stat \/no\/such: no such file or directory/,
    )
    assert.equal(await field('missing', '{.status.containerStatuses[0].state.terminated.reason}'), 'StartError')
  })
  await cluster.kubectl('create configmap nomap --from-literal=x=1')
  await cluster.kubectl('wait --for=condition=Ready pod mapless --timeout=30s')
})

test('a container whose image becomes another is started again, and a grace below nothing is the least [POD-4]', async () => {
  await create(pod('anew', sh(`trap 'exit 0' TERM; sleep 1000 & wait`), { terminationGracePeriodSeconds: -1 }))
  await whenReady('anew')
  await cluster.kubectl('set image pod/anew main=host:latest')
  await eventually(async () =>
    assert.equal(await field('anew', '{.status.containerStatuses[0].restartCount} {.status.phase}'), '1 Running'),
  )
  assert.match(
    await eventsOf('anew'),
    /^Normal Killing spec\.containers\{main\} Container main definition changed, will be restarted$/m,
  )
  assert.equal(await field('anew', '{.spec.terminationGracePeriodSeconds} {.metadata.generation}'), '1 2')
})

test('a Pod is ready once the conditions that its gates name are true, which others write [POD-4]', async () => {
  await create(pod('gated', sh(SLEEP), { readinessGates: [{ conditionType: 'example.org/fed' }] }))
  const ready = '{.status.conditions[?(@.type=="Ready")].status}: {.status.conditions[?(@.type=="Ready")].message}'
  await eventually(async () =>
    assert.equal(
      await field('gated', ready),
      'False: corresponding condition of pod readiness gate "example.org/fed" does not exist.',
    ),
  )
  const feed = (status: string): Promise<string> =>
    cluster.kubectlWords([
      'patch',
      'pod',
      'gated',
      '--subresource=status',
      '--type=strategic',
      '-p',
      JSON.stringify({ status: { conditions: [{ type: 'example.org/fed', status }] } }),
    ])
  await feed('True')
  await whenReady('gated')
  await feed('False')
  await eventually(async () => assert.match(await field('gated', ready), /^False: the status of pod readiness gate/))
})

test('sidecars start in their turn, are started again, and end last [POD-4]', async () => {
  const volumes = [{ name: 'shared', emptyDir: {} }]
  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
  const note = (word: string): string => `echo ${word} >>/shared/order`
  const once = { image: 'host', volumeMounts }
  const initContainers: Container[] = [
    { ...once, name: 'first', ...sh(note('init')) },
    {
      ...once,
      name: 'side',
      ...sh(`sleep 0.2; touch /shared/up; trap "exit 0" TERM; ${note('side')}; sleep 1000 & wait`),
      restartPolicy: 'Always',
      startupProbe: { exec: { command: ['test', '-e', '/shared/up'] }, periodSeconds: 1 },
    },
  ]
  const containers: Container[] = [
    { ...once, name: 'main', ...sh(`${note('main')}; until test -e /shared/end; do sleep 0.05; done`) },
  ]
  await create(pod('sided', {}, { initContainers, containers, volumes, restartPolicy: 'Never' }))
  await whenReady('sided')
  const order = (): Promise<string> => cluster.kubectlWords(['exec', 'sided', '-c', 'side', '--', 'cat', '/shared/order'])
  assert.equal(await order(), 'init\nside\nmain\n')
  assert.match(await cluster.kubectl('get pod sided'), /sided +2\/2 +Running/)
  // The shell may be gone with the program that it ends before it can say so.
  await cluster.kubectlWords(['exec', 'sided', '-c', 'side', '--', 'sh', '-c', 'kill -TERM 1']).catch(String)
  await eventually(async () => assert.equal(await field('sided', '{.status.initContainerStatuses[1].restartCount}'), '1'))
  await eventually(async () => assert.equal(await order(), 'init\nside\nmain\nside\n'))
  await inPod('sided', 'touch /shared/end')
  await cluster.kubectl('wait --for=jsonpath={.status.phase}=Succeeded pod/sided --timeout=30s')
})

test('streams: run, attach and cp as kubectl has them [POD-5]', async () => {
  const once = 'run -i --rm --restart=Never --image=host --quiet'
  assert.equal(
    await cluster.kubectlWords([...`${once} talk --`.split(' '), 'sh', '-c', 'read line; echo got $line'], 'word\n'),
    'got word\n',
  )
  await create(pod('copied', sh(SLEEP)))
  await whenReady('copied')
  const words = 'a'.repeat(20_000)
  assert.equal(await cluster.kubectlWords(['exec', 'copied', '--', 'echo', words], ''), `${words}\n`)
  const file = join(cluster.folder, 'carried')
  await writeFile(file, 'cargo'.repeat(100_000))
  await cluster.kubectl(`cp ${file} copied:/tmp/carried`)
  assert.equal(await inPod('copied', 'wc -c </tmp/carried'), '500000\n')
  await cluster.kubectl(`cp copied:/tmp/carried ${file}-back`)
  assert.equal(await readFile(`${file}-back`, 'utf8'), await readFile(file, 'utf8'))
})
