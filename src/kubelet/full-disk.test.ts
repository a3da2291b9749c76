/** A node whose disk is small: what happens when it is full, and afterwards. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { configMaps, type Container, events, nodes, type Pod, pods } from '../api/index.ts'
import { run } from '../kernel/index.ts'
import { eventually, inNamespaces } from '../testing/index.ts'
import { layout, prepareMachine, startKubelet, STATE } from './testing/kubelet.ts'

const MI = 1 << 20
/** Looks often, and says what is as soon as it is. */
const eviction = { period: 20, transition: 0 }

const podOf = (name: string, script: string, { volumes = [], ...spec }: Partial<NonNullable<Pod['spec']>> = {}): Pod => {
  const volumeMounts = volumes.map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` }))
  const main: Container = { name: 'main', image: 'host', command: ['sh', '-c', script], volumeMounts }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName: 'n1', terminationGracePeriodSeconds: 30, containers: [main], volumes, ...spec },
  }
}
const write = (megabytes: number, file: string): string => `head -c ${megabytes * MI} /dev/zero >${file}; exec sleep 1000`
const emptyDir = (sizeLimit?: string) => ({
  volumes: [{ name: 'cache', emptyDir: sizeLimit === undefined ? {} : { sizeLimit } }],
})

inNamespaces(import.meta.filename, ['pid', 'mount', 'net'], () => {
  test('a small disk', async (t) => {
    await prepareMachine()
    await mkdir(STATE, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', `size=${40 * MI}`, 'tmpfs', STATE])
    const kubelet = await startKubelet(undefined, { eviction })
    const { caches, client } = kubelet
    const statusOf = (name: string) => caches.of(pods).get(`default/${name}`)?.status
    const whenPhase = (name: string, phase: string): Promise<void> =>
      eventually(() => assert.equal(statusOf(name)?.phase, phase, JSON.stringify(statusOf(name))))
    const pressure = (): string | undefined =>
      caches
        .of(nodes)
        .get('n1')
        ?.status?.conditions?.find(({ type }) => type === 'DiskPressure')?.status

    await t.test('who writes more than it may is evicted at once, whatever patience it asked for [POD-4]', async () => {
      await client.create(pods, podOf('modest', write(1, '/cache/x'), emptyDir('2Mi')))
      await client.create(pods, podOf('excessive', write(4, '/cache/x'), emptyDir('2Mi')))
      await whenPhase('excessive', 'Failed')
      const { reason, message, conditions = [] } = statusOf('excessive') ?? {}
      assert.deepEqual([reason, message], ['Evicted', 'Usage of EmptyDir volume "cache" exceeds the limit "2Mi". '])
      assert.equal(
        conditions.some(({ type }) => type === 'DisruptionTarget'),
        false,
      )
      await whenPhase('modest', 'Running')
      const limits = { 'ephemeral-storage': '2Mi' }
      const containers = [{ name: 'main', image: 'host', command: ['sh', '-c', write(4, '/tmp/x')], resources: { limits } }]
      await client.create(pods, podOf('wordy', '', { containers }))
      await whenPhase('wordy', 'Failed')
      assert.equal(statusOf('wordy')?.message, 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ')
    })

    await t.test(
      'a node that is nearly full says so, ends who uses most and lets nobody in until there is room [POD-6]',
      async () => {
        await client.create(pods, podOf('greedy', write(36, '/cache/x'), emptyDir()))
        await whenPhase('greedy', 'Failed')
        const { reason, message = '', conditions = [] } = statusOf('greedy') ?? {}
        assert.equal(reason, 'Evicted')
        assert.match(
          message,
          /^The node was low on resource: ephemeral-storage\. Threshold quantity: 4096Ki, available: \d+Ki\. $/,
        )
        assert.equal(conditions.find(({ type }) => type === 'DisruptionTarget')?.reason, 'TerminationByKubelet')
        assert.equal(statusOf('modest')?.phase, 'Running')
        await eventually(() => assert.equal(pressure(), 'False'))
        await writeFile(`${STATE}/somebody-elses`, Buffer.alloc(37 * MI))
        await eventually(() => assert.equal(pressure(), 'True'))
        await client.create(pods, podOf('late', 'exec sleep 1000'))
        await whenPhase('late', 'Failed')
        assert.equal(statusOf('late')?.message, 'Pod was rejected: The node had condition: [DiskPressure]. ')
        await rm(`${STATE}/somebody-elses`)
        await eventually(() => assert.equal(pressure(), 'False'))
      },
    )

    await kubelet.stop()
  })

  test('a full disk', async () => {
    const kubelet = await startKubelet(undefined, { eviction: { thresholds: [] } })
    const { caches, client } = kubelet
    const running = (name: string): Promise<void> =>
      eventually(() => assert.equal(caches.of(pods).get(`default/${name}`)?.status?.phase, 'Running'))
    caches.put(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'large', namespace: 'default' },
      data: { text: 'x'.repeat(MI / 2) },
    })
    // What the node had before is gone.
    await eventually(() => assert.deepEqual(globSync(`${layout.pods}/*`), []))
    const { bavail, bsize } = await statfs(STATE)
    await writeFile(`${STATE}/somebody-elses`, Buffer.alloc(bavail * bsize - MI / 4))
    await client.create(pods, podOf('waits', 'exec sleep 1000', { volumes: [{ name: 'large', configMap: { name: 'large' } }] }))
    await eventually(() => {
      const said = caches
        .of(events)
        .list()
        .map(({ message = '' }) => message)
      assert.ok(
        said.some((message) => /^MountVolume.SetUp failed for volume "large" : .*no space left on device/.test(message)),
        said.join('\n'),
      )
    })
    await rm(`${STATE}/somebody-elses`)
    await running('waits')
    await kubelet.stop()
  })
})
