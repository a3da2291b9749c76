import assert from 'node:assert/strict'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { nodes } from '../../api/index.ts'
import type { Client } from '../../client/index.ts'
import {
  type Containers,
  createConntrack,
  createCrun,
  createIp,
  createMounts,
  createNft,
  createSandboxes,
  noCgroups,
  run,
  setSysctl,
} from '../../kernel/index.ts'
import { createLogger, silent, systemClock } from '../../lib/index.ts'
import { eventually, type FakeCaches, fakeCaches } from '../../testing/index.ts'
import { hostImages } from '../images/host-image.ts'
import { createLayout } from '../layout.ts'
import type { KubeletOptions } from '../options.ts'
import { runKubelet } from '../run.ts'
import { selfSigned } from './certificate.ts'
import { fakeClient } from './fake-client.ts'

// The node is 192.168.1.2, its Pods are 10.244.1.0/24, the other node's 10.244.2.0/24 behind 192.168.1.3.
export const STATE = '/run/portolan/n1'
export const DATA = '/run/data'
export const layout = createLayout(STATE, DATA)
export const log = process.env['PORTOLAN_LOG_LEVEL'] ? createLogger('kubelet') : silent

export const PORT = 10250
export const tls = await selfSigned()
export const node = await selfSigned('system:nodes')
export const trusted = { ca: tls.certificate, cert: tls.certificate, key: tls.key, agent: false }

export interface Started {
  readonly caches: FakeCaches
  readonly client: Client
  stop(): Promise<void>
}

interface Differences {
  /** What is done to containers. */
  readonly containersOf?: (containers: Containers) => Containers
  readonly eviction?: KubeletOptions['eviction']
}

/** Rejects while nobody answers at the kubelet's port. */
async function listens(): Promise<void> {
  const socket = connect(PORT, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}

/** A kubelet, over the caches of an earlier one or new ones. */
export async function startKubelet(
  before?: Started,
  { containersOf = (containers) => containers, eviction = {} }: Differences = {},
): Promise<Started> {
  const caches = before?.caches ?? fakeCaches()
  const client = before?.client ?? fakeClient(caches)
  const ip = createIp()
  const kernel = {
    ip,
    sandboxes: createSandboxes(layout.sandboxes, ip),
    containers: containersOf(createCrun(layout.crun)),
    cgroups: noCgroups('a test'),
    nft: createNft(),
    conntrack: createConntrack(),
    mounts: createMounts(),
    setSysctl,
  }
  const abort = new AbortController()
  const dns = { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local' }
  const folders = { stateDir: STATE, dataDir: DATA }
  const options = {
    client,
    caches,
    server: { port: PORT, clientCA: `${tls.certificate}\n${node.certificate}`, ...tls },
    nodeName: 'n1',
    nodeIPs: ['192.168.1.2'],
    images: hostImages('/usr/local/bin:/usr/bin:/bin'),
    clock: systemClock,
    eviction,
  }
  const running = runKubelet({ ...options, ...dns, ...folders, kernel, log }, abort.signal)
  await eventually(() => caches.of(nodes).get('n1') ?? assert.fail('no node'))
  if (!before) await client.patch(nodes, { name: 'n1' }, { type: 'merge', body: { spec: { podCIDR: '10.244.1.0/24' } } })
  await eventually(() => {
    const ready = caches
      .of(nodes)
      .get('n1')
      ?.status?.conditions?.find(({ type }) => type === 'Ready')
    assert.equal(ready?.status, 'True')
  })
  await eventually(listens)
  const stop = async (): Promise<void> => {
    abort.abort(new Error('stopped'))
    await running
  }
  return { caches, client, stop }
}

export async function prepareMachine(): Promise<void> {
  // crun refuses the hierarchy of a hybrid host.
  await run('mount', ['-t', 'cgroup2', 'none', '/sys/fs/cgroup'])
  await run('ip', ['-batch', '-'], {
    input: 'link add eth0 type bridge\naddr add 192.168.1.2/24 dev eth0\nlink set eth0 up\n',
  })
  await mkdir(DATA, { recursive: true })
}

/** What a restart of the bubble does: every container and namespace is gone, and so is what the kubelet wrote down. */
export async function loseMachine(): Promise<void> {
  const ip = createIp()
  const containers = createCrun(layout.crun)
  const sandboxes = createSandboxes(layout.sandboxes, ip)
  for (const folder of globSync(`${layout.pods}/*/containers/*/*`)) await containers.remove(folder)
  await sandboxes.remove((await sandboxes.list()).map(({ name }) => name))
  await rm(STATE, { recursive: true })
}
