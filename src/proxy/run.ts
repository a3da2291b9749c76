import { type EndpointSlice, endpointSlices, keyOf, type Node, nodes, type Service, services } from '../api/index.ts'
import type { Caches } from '../client/index.ts'
import { type setSysctl } from '../kernel/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'
import { createApplier } from './apply.ts'
import type { BaseOptions } from './table/base.ts'
import { forget, type Memory } from './memory/forget.ts'
import type { NodeContext } from './services/frontends.ts'
import { createHealthChecks, healthCheckOf } from './health/health-check.ts'
import { Ledger } from './table/ledger.ts'
import { planService } from './plan.ts'
import { Reaches, reachesOf } from './memory/reach.ts'

/** The kernel of the network namespace this process is in: the node's. */
export interface ProxyKernel extends Memory {
  readonly setSysctl: typeof setSysctl
}

export interface ProxyOptions extends Omit<BaseOptions, 'family'> {
  readonly caches: Caches
  readonly kernel: ProxyKernel
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  /** Told after every sync that changed something, with the number of elements written. */
  readonly onSync?: (elements: number) => void
}

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'
const ZONE_LABEL = 'topology.kubernetes.io/zone'

/**
 * The service proxy of one node: Services and EndpointSlices in, nftables out. Resolves when the node's rules are in the
 * kernel for the first time; goes on until `signal` aborts. What it wrote stays in the kernel then, so that a restart
 * breaks nothing.
 */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { caches, clock, log, nodeName } = options
  const serviceCache = caches.of(services)
  const sliceCache = caches.of(endpointSlices)
  const nodeCache = caches.of(nodes)
  sliceCache.addIndex('service', (slice) => serviceKeysOf(slice))
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced(), nodeCache.whenSynced()])
  // Without it the kernel takes a packet from 127.0.0.1 to a Pod for a martian (KEP-6032). The table drops the real ones.
  options.kernel.setSysctl('net.ipv4.conf.all.route_localnet', 1)

  const state = createState(options, signal)
  const dirty = new Set<string>()
  const first = Promise.withResolvers<void>()
  const sync = async (): Promise<void> => {
    const context = contextOf(nodeName, nodeCache.get(nodeName))
    for (const key of dirty) state.set(key, serviceCache.get(key), { slices: sliceCache.byIndex('service', key), context })
    dirty.clear()
    await state.sync()
    first.resolve()
  }
  const runner = createRunner({ run: sync, clock, log }, signal)
  const look = (keys: Iterable<string>): void => {
    for (const key of keys) dirty.add(key)
    runner.request()
  }
  serviceCache.onChange((after, before) => look([keyOf((after ?? before) as Service)]))
  sliceCache.onChange((after, before) => look([...(after ? serviceKeysOf(after) : []), ...(before ? serviceKeysOf(before) : [])]))
  nodeCache.onChange((after, before) => {
    if ((after ?? before)?.metadata.name !== nodeName) return
    if (JSON.stringify(contextOf(nodeName, after)) !== JSON.stringify(contextOf(nodeName, before)))
      look(serviceCache.list().map(keyOf))
  })
  look([])
  await first.promise
}

interface Around {
  readonly slices: readonly EndpointSlice[]
  readonly context: NodeContext
}

/** What the node should be, Service by Service, and the way it becomes so. */
function createState(options: ProxyOptions, signal: AbortSignal) {
  const { kernel, log, nodeName, podCIDR, serviceCIDRs, onSync } = options
  const ledger = new Ledger()
  const reaches = new Reaches()
  const checks = createHealthChecks(log)
  signal.addEventListener('abort', () => checks.close(), { once: true })
  const base = { family: 'ip', podCIDR, serviceCIDRs } as const
  const applier = createApplier({ ledger, nft: kernel.nft, base, log })
  return {
    set(key: string, service: Service | undefined, { slices, context }: Around): void {
      ledger.set(key, service ? planService(service, slices, context) : [])
      reaches.set(key, service ? reachesOf(service, slices, context) : [])
      checks.set(key, service && healthCheckOf(service, slices, nodeName))
    },
    async sync(): Promise<void> {
      const { mode, elements } = await applier.apply(signal)
      if (mode !== 'none') onSync?.(elements)
      if (mode === 'full') log.info({ elements }, 'the whole table was written')
      const inspection = reaches.takeInspection()
      if (!inspection) return
      try {
        await forget(inspection, kernel, 'ip')
      } catch (error) {
        reaches.inspectAll()
        throw error
      }
    },
  }
}

function contextOf(nodeName: string, node: Node | undefined): NodeContext {
  const zone = node?.metadata.labels?.[ZONE_LABEL]
  const nodeIPs = (node?.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
  return { nodeName, family: 'ip', zone, nodeIPs }
}

function serviceKeysOf(slice: EndpointSlice): string[] {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL]
  return name ? [`${slice.metadata.namespace}/${name}`] : []
}
