import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { type Container, nodes, type Pod, pods, services } from '../api/index.ts'
import { type ContainerOptions, type Containers, run } from '../kernel/index.ts'
import { eventually, type FakeCaches, inNamespaces } from '../testing/index.ts'
import { type Channel, decodeChannel, encodeChannel } from '../wire/index.ts'
import { layout, loseMachine, node, PORT, prepareMachine, startKubelet, type Started, trusted, tls } from './testing/kubelet.ts'

const podOf = (name: string, container: Partial<Container>, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    nodeName: 'n1',
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'host', ...container }],
    ...spec,
  },
})

/** What runs once, and leaves a trace of each time it ran. */
const ONCE: Partial<Pod['spec']> = {
  restartPolicy: 'Never',
  volumes: [{ name: 'ran', hostPath: { path: '/run/ran', type: 'DirectoryOrCreate' } }],
}

const httpServer = (port: number): string[] => ['node', '-e', `require('http').createServer((_, r) => r.end()).listen(${port})`]
const shell = (script: string): Partial<Container> => ({ command: ['sh', '-c', script] })

const logOf = (caches: FakeCaches, name: string, attempt = 0): string => {
  const { metadata } = caches.of(pods).get(`default/${name}`)!
  return readFileSync(layout.log({ namespace: 'default', name, uid: metadata.uid! }, 'main', attempt), 'utf8')
}

const statusOf = (caches: FakeCaches, name: string): NonNullable<Pod['status']> =>
  caches.of(pods).get(`default/${name}`)?.status ?? assert.fail(`${name} has no status`)

async function whenPhase(caches: FakeCaches, name: string, phase: string): Promise<NonNullable<Pod['status']>> {
  return eventually(() => {
    const status = statusOf(caches, name)
    assert.equal(status.phase, phase)
    return status
  })
}

/** The body of `https://127.0.0.1:10250/…`, asked with a certificate. */
async function ask(path: string, options: object = trusted): Promise<string> {
  const request = get(`https://127.0.0.1:${PORT}${path}`, options)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return text(response)
}

/** What comes out of a session, by channel; `stdin` goes in and ends. */
async function session(path: string, stdin?: string): Promise<Partial<Record<Channel, string>>> {
  const socket = new WebSocket(`wss://127.0.0.1:${PORT}${path}`, 'v5.channel.k8s.io', trusted)
  const output: Partial<Record<Channel, string>> = {}
  socket.on('message', (message: Buffer) => {
    const { channel, data } = decodeChannel(message)!
    output[channel] = (output[channel] ?? '') + data.toString('utf8')
  })
  await once(socket, 'open')
  if (stdin !== undefined) {
    socket.send(encodeChannel('stdin', Buffer.from(stdin)))
    socket.send(encodeChannel('close', Buffer.of(0)))
  }
  await once(socket, 'close')
  return output
}

async function remove({ caches, client }: Started, name: string): Promise<void> {
  const body = { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 1 } }
  await client.patch(pods, { namespace: 'default', name }, { type: 'merge', body })
  await eventually(() => assert.equal(caches.of(pods).get(`default/${name}`), undefined))
}

inNamespaces(import.meta.filename, ['pid', 'mount', 'net'], () => {
  test('a node', async (t) => {
    await prepareMachine()
    let kubelet = await startKubelet()
    const { caches, client } = kubelet

    await t.test('runs a Pod with an address of its own, its name and its resolver [POD-1] [POD-4] [DSC-5]', async () => {
      const script = 'hostname; cat /etc/resolv.conf; ip -4 -o addr show eth0; exec sleep 1000'
      await client.create(pods, podOf('kubia', shell(script)))
      const status = await whenPhase(caches, 'kubia', 'Running')
      assert.equal(status.podIP, '10.244.1.2')
      assert.equal(status.hostIP, '192.168.1.2')
      assert.equal(status.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
      const output = await eventually(() => {
        const text = logOf(caches, 'kubia')
        assert.match(text, /inet 10\.244\.1\.2\/32/)
        return text
      })
      assert.match(output, /^kubia\n/)
      assert.match(output, /search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/)
      assert.match(output, /nameserver 10\.96\.0\.10\noptions ndots:5\n/)
    })

    await t.test('lets Pods reach each other and the node by address [NET-1]', async () => {
      await client.create(pods, podOf('server', { command: httpServer(8080) }))
      await client.create(pods, podOf('hosty', { command: httpServer(8090) }, { hostNetwork: true }))
      const { podIP } = await whenPhase(caches, 'server', 'Running')
      assert.equal((await whenPhase(caches, 'hosty', 'Running')).podIP, '192.168.1.2', 'NET-13')
      const until = (address: string): string => `until curl -sf -o /dev/null http://${address}/; do :; done`
      const script = `${until(`${podIP}:8080`)}; ${until('192.168.1.2:8090')}; echo reached`
      await client.create(pods, podOf('asker', shell(script), { restartPolicy: 'Never' }))
      await whenPhase(caches, 'asker', 'Succeeded')
      assert.equal(logOf(caches, 'asker'), 'reached\n')
    })

    await t.test('tells containers of the Services that exist when they start [DSC-7]', async () => {
      const metadata = { name: 'my-svc', namespace: 'default' }
      const spec = { clusterIP: '10.96.0.77', ports: [{ port: 80, name: 'web' }] }
      await client.create(services, { apiVersion: 'v1', kind: 'Service', metadata, spec })
      await client.create(pods, podOf('env', shell('env | grep MY_SVC | sort'), { restartPolicy: 'Never' }))
      await whenPhase(caches, 'env', 'Succeeded')
      assert.match(logOf(caches, 'env'), /MY_SVC_PORT_80_TCP_ADDR=10\.96\.0\.77\n[^]*MY_SVC_SERVICE_PORT_WEB=80\n/)
    })

    await t.test('starts again what ended, and waits longer each time [POD-4]', async () => {
      await client.create(pods, podOf('crash', shell('exit 3')))
      const { state, restartCount, lastState } = await eventually(() => {
        const [container] = statusOf(caches, 'crash').containerStatuses ?? []
        assert.equal(container?.state?.waiting?.reason, 'CrashLoopBackOff')
        return container
      })
      assert.equal(restartCount, 1)
      assert.equal(lastState?.terminated?.exitCode, 3)
      assert.match(state?.waiting?.message ?? '', /^back-off 10s restarting failed container=main pod=crash_default\(/)
      await remove(kubelet, 'crash')
    })

    await t.test('says why a container cannot start [POD-4]', async () => {
      await client.create(pods, podOf('nowhere', { command: ['/no/such/program'] }, { restartPolicy: 'Never' }))
      const status = await whenPhase(caches, 'nowhere', 'Failed')
      assert.equal(status.containerStatuses?.[0]?.state?.terminated?.reason, 'StartError')
      await client.create(pods, podOf('unknown', { image: 'nginx' }))
      await eventually(() => {
        assert.equal(statusOf(caches, 'unknown').containerStatuses?.[0]?.state?.waiting?.reason, 'ErrImagePull')
      })
    })

    await t.test('counts a Pod as ready when its readiness probe says so [POD-4]', async () => {
      const probed = {
        ...shell('sleep 0.3; touch /tmp/ready; exec sleep 1000'),
        readinessProbe: { exec: { command: ['cat', '/tmp/ready'] }, periodSeconds: 1 },
      }
      await client.create(pods, podOf('probed', probed))
      await whenPhase(caches, 'probed', 'Running')
      await eventually(() => assert.equal(statusOf(caches, 'probed').containerStatuses?.[0]?.ready, true))
    })

    await t.test('runs init containers first, one after the other [POD-4]', async () => {
      const mounts = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }
      const initContainers = ['one', 'two'].map((name) => ({
        name,
        image: 'host',
        ...shell(`echo ${name} >>/shared/order`),
        ...mounts,
      }))
      const volumes = [{ name: 'shared', emptyDir: {} }]
      const spec = { initContainers, volumes, restartPolicy: 'Never' }
      await client.create(pods, podOf('init', { ...shell('cat /shared/order'), ...mounts }, spec))
      const status = await whenPhase(caches, 'init', 'Succeeded')
      assert.equal(logOf(caches, 'init'), 'one\ntwo\n')
      assert.deepEqual(
        status.initContainerStatuses?.map(({ ready }) => ready),
        [true, true],
      )
    })

    await t.test('answers only who shows a certificate, and no other node [POD-5]', async () => {
      assert.equal(await ask('/healthz'), 'ok')
      await assert.rejects(ask('/healthz', { ca: tls.certificate, agent: false }))
      const another = { ...trusted, cert: node.certificate, key: node.key }
      assert.equal(await ask('/healthz', another), 'ok')
      assert.match(await ask('/pods', another), /^Forbidden \(user=self, /)
    })

    await t.test('lists the output that it keeps, and nothing beside it [POD-5] [DSC-9]', async () => {
      assert.match(await ask('/logs/'), /<a href="pods\/">pods\/<\/a>/)
      assert.match(await ask('/logs/pods/'), /<a href="default_kubia_[^"]+\/">/)
      assert.match(await ask('/logs/..%2f..%2f..%2fetc/passwd'), /404 page not found/)
      assert.match(await ask('/logs/nosuch'), /404 page not found/)
    })

    await t.test('gives out logs, also while they grow [POD-5]', async () => {
      assert.match(await ask('/containerLogs/default/kubia/main?tailLines=1'), /^1: eth0|inet 10/)
      await client.create(pods, podOf('talker', shell('for i in 1 2 3; do echo $i; sleep 0.1; done'), { restartPolicy: 'Never' }))
      await eventually(async () => assert.equal(await ask('/containerLogs/default/talker/main?follow=true'), '1\n2\n3\n'))
      assert.match(await ask('/containerLogs/default/talker/main?previous=true'), /^previous terminated container "main"/)
      assert.equal(await ask('/containerLogs/default/nobody/main'), 'pod "nobody" does not exist')
    })

    await t.test('runs programs in containers, and says how they ended [POD-5]', async () => {
      const command = ['sh', '-c', 'cat; echo bad >&2; exit 5'].map((word) => `command=${encodeURIComponent(word)}`).join('&')
      const output = await session(`/exec/default/kubia/main?${command}&input=1&output=1&error=1`, 'hello')
      assert.equal(output.stdout, 'hello')
      assert.equal(output.stderr, 'bad\n')
      assert.match(output.error ?? '', /"reason":"ExitCode","message":"5"/)
    })

    await t.test('attaches to what runs [POD-5]', async () => {
      const listens = { ...shell('read line; echo got $line; exit 3'), stdin: true, stdinOnce: true }
      await client.create(pods, podOf('listener', listens, { restartPolicy: 'Never' }))
      await whenPhase(caches, 'listener', 'Running')
      const output = await session('/attach/default/listener/main?input=1&output=1', 'hello\n')
      assert.equal(output.stdout, 'got hello\n')
      assert.match(output.error ?? '', /"status":"Success"/)
    })

    await t.test('adopts what runs when it is restarted, addresses included [POD-1]', async () => {
      const before = statusOf(caches, 'server')
      await kubelet.stop()
      kubelet = await startKubelet(kubelet)
      await client.create(pods, podOf('later', shell('exec sleep 1000')))
      const { podIP } = await whenPhase(caches, 'later', 'Running')
      assert.ok(
        ![...caches.of(pods).list()].some(
          ({ metadata, status }) => metadata.name !== 'later' && status?.podIP === podIP && status?.phase === 'Running',
        ),
      )
      const after = statusOf(caches, 'server')
      assert.equal(after.containerStatuses?.[0]?.containerID, before.containerStatuses?.[0]?.containerID)
      assert.equal(after.containerStatuses?.[0]?.restartCount, 0)
    })

    await t.test('removes what a kubelet left that could not write down whose it was [OPS-9] [POD-6]', async () => {
      const made = await client.create(pods, podOf('unnoted', shell('exec sleep 1000')))
      await whenPhase(caches, 'unnoted', 'Running')
      await kubelet.stop()
      const folder = layout.pod(made.metadata.uid!)
      await rm(`${folder}/pod.json`)
      caches.remove(pods, 'default/unnoted')
      kubelet = await startKubelet(kubelet)
      await eventually(() => assert.deepEqual(globSync(`${folder}*`), []))
      await eventually(() => assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), new RegExp(made.metadata.uid!)))
    })

    await t.test(
      'runs nothing twice when it is killed right before, or right after, it has started it [POD-4] [POD-6]',
      async () => {
        const killed = (when: 'before' | 'after') => (containers: Containers) => ({
          ...containers,
          async start(options: ContainerOptions) {
            if (when === 'after') await containers.start(options)
            else await mkdir(options.folder)
            return new Promise<never>(() => {})
          },
        })
        for (const when of ['before', 'after'] as const) {
          await kubelet.stop()
          kubelet = await startKubelet(kubelet, { containersOf: killed(when) })
          const { metadata } = await client.create(
            pods,
            podOf(when, { ...shell(`echo once >>/ran/${when}`), volumeMounts: [{ name: 'ran', mountPath: '/ran' }] }, ONCE),
          )
          await eventually(() => assert.equal(globSync(`${layout.pod(metadata.uid!)}/containers/main/*`).length, 1))
          if (when === 'after') await eventually(() => readFileSync(`/run/ran/${when}`, 'utf8'))
          await kubelet.stop()
          kubelet = await startKubelet(kubelet)
          const { containerStatuses } = await whenPhase(caches, when, 'Succeeded')
          assert.equal(readFileSync(`/run/ran/${when}`, 'utf8'), 'once\n')
          assert.equal(containerStatuses?.[0]?.image, 'host')
          assert.equal(containerStatuses?.[0]?.restartCount, 0)
        }
      },
    )

    await t.test('starts again in place what was lost with the machine, and not what had ended [POD-4] [OPS-9]', async () => {
      const before = statusOf(caches, 'later')
      await client.create(pods, podOf('never', shell('exec sleep 1000'), { restartPolicy: 'Never' }))
      await whenPhase(caches, 'never', 'Running')
      await kubelet.stop()
      await loseMachine()
      await mkdir(layout.podLogs({ namespace: 'default', name: 'gone', uid: '4711' }))
      kubelet = await startKubelet(kubelet)
      await eventually(() => assert.deepEqual(globSync(`${layout.logs}/*_4711`), []))
      await eventually(() => assert.equal(statusOf(caches, 'later').containerStatuses?.[0]?.restartCount, 1))
      await whenPhase(caches, 'later', 'Running')
      const [container] = statusOf(caches, 'later').containerStatuses ?? []
      assert.equal(container?.lastState?.terminated?.containerID, before.containerStatuses?.[0]?.containerID)
      assert.equal((await whenPhase(caches, 'never', 'Failed')).containerStatuses?.[0]?.state?.terminated?.exitCode, 137)
    })

    await t.test('has routes to the Pods of other nodes [NET-1]', async () => {
      const status = { addresses: [{ type: 'InternalIP', address: '192.168.1.3' }] }
      caches.put(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' }, spec: { podCIDR: '10.244.2.0/24' }, status })
      await eventually(async () => {
        const { stdout } = await run('ip', ['route', 'show', '10.244.2.0/24'])
        assert.match(stdout, /via 192\.168\.1\.3/)
      })
    })

    await t.test('leaves nothing behind when its Pods are deleted [OPS-9]', async () => {
      for (const { metadata } of caches.of(pods).list()) await remove(kubelet, metadata.name!)
      const { stdout: links } = await run('ip', ['-br', 'link'])
      assert.doesNotMatch(links, /veth/)
      assert.doesNotMatch(readFileSync('/proc/mounts', 'utf8'), /nsfs|overlay \/run/)
      const processes = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
      for (const pid of processes) assert.doesNotMatch(readFileSync(`/proc/${pid}/comm`, 'utf8'), /crun|sleep|unshare/)
      await kubelet.stop()
    })
  })
})
