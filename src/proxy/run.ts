import { endpointSlices, keyOf, type Node, nodes, type Service, serviceKeysOf, services } from '../api/index.ts'
import type { Caches, Recorder } from '../client/index.ts'
import type { Conntrack, Nft, setSysctl } from '../kernel/index.ts'
import { type Clock, createRunner, type Logger, messageOf } from '../lib/index.ts'
import { createFamilies } from './families.ts'
import { createHealthChecks, healthCheckOf, listenFailure } from './health/health-check.ts'
import { Health, isEligible } from './health/health.ts'
import { createMetrics, type Metrics } from './health/metrics.ts'
import { serve } from './health/serve.ts'
import { snapshot } from './health/snapshot.ts'
import { Triggers } from './health/triggers.ts'
import type { Held } from './announce.ts'
import { prepareKernel, whenChangedByOthers } from './kernel-settings.ts'
import type { NodeContext } from './services/frontends.ts'

/** The kernel of the network namespace this process is in: the node's. */
export interface ProxyKernel {
  readonly nft: Nft
  readonly conntrack: Conntrack
  readonly setSysctl: typeof setSysctl
}

export interface ProxyOptions {
  readonly caches: Caches
  readonly kernel: ProxyKernel
  readonly nodeName: string
  /** Where Pods have their addresses, at most one range of each family; a source outside is masqueraded on its way to a cluster IP. */
  readonly podCIDRs: readonly string[]
  /** Where cluster IPs come from: packets to addresses of these ranges that no Service has are dropped. */
  readonly serviceCIDRs: readonly string[]
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: Recorder
  /** Where to answer kube-proxy's /healthz and /livez, and /metrics: `0.0.0.0:10256`, empty for nowhere. Left out: neither. */
  readonly serve?: { readonly healthzAddress: string; readonly metricsAddress: string }
  /** Told after every sync: the kernel holds what these revisions of Services and EndpointSlices say. */
  readonly onProgrammed?: (held: Held) => void
  /** Told after every sync that changed something, with the number of elements written. */
  readonly onSync?: (elements: number) => void
}

const ZONE_LABEL = 'topology.kubernetes.io/zone'

/**
 * The service proxy of one node: Services and EndpointSlices in, nftables out. Resolves when the node's rules are in the
 * kernel for the first time; goes on until `signal` aborts. What it wrote stays in the kernel then, so that a restart
 * breaks nothing.
 */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { caches, clock, kernel, log, nodeName, onSync } = options
  const serviceCache = caches.of(services)
  const sliceCache = caches.of(endpointSlices)
  const nodeCache = caches.of(nodes)
  const slicesOf = sliceCache.indexBy(serviceKeysOf)
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced(), nodeCache.whenSynced()])
  prepareKernel(kernel, log)

  const health = new Health(clock)
  const metrics = createMetrics()
  const families = await createFamilies({ ...options, health, metrics })
  const checks = createHealthChecks({ healthy: () => health.healthy, failed: reportTo(options, nodeName) }, signal)
  const triggers = new Triggers(clock.now())
  const dirty = new Set<string>()
  const first = Promise.withResolvers<void>()
  const sync = async (): Promise<void> => {
    const node = contextOf(nodeName, nodeCache.get(nodeName))
    const held = { services: serviceCache.revision ?? '0', endpointSlices: sliceCache.revision ?? '0' }
    for (const key of dirty) {
      const [service, slices] = [serviceCache.get(key), slicesOf(key)]
      families.set(key, service, { slices, node })
      checks.set(key, service && healthCheckOf(service, slices, nodeName))
    }
    dirty.clear()
    const elements = await triggers.during((some) => families.sync(some, signal))
    if (elements > 0) onSync?.(elements)
    options.onProgrammed?.(held)
    first.resolve()
  }
  const runner = createRunner({ run: sync, clock, log }, signal)
  const look = (keys: Iterable<string>): void => {
    for (const key of keys) dirty.add(key)
    for (const family of families.active) {
      health.queued(family)
      metrics.queued(family, clock.now())
    }
    runner.request()
  }
  serviceCache.onChange((after, before) => {
    metrics.changed('service')
    look([keyOf((after ?? before) as Service)])
  })
  sliceCache.onChange((after, before) => {
    metrics.changed('endpoint')
    triggers.note(after, before)
    look([...(after ? serviceKeysOf(after) : []), ...(before ? serviceKeysOf(before) : [])])
  })
  nodeCache.onChange((after, before) => {
    if ((after ?? before)?.metadata.name !== nodeName) return
    if (JSON.stringify(contextOf(nodeName, after)) !== JSON.stringify(contextOf(nodeName, before)))
      look(serviceCache.list().map(keyOf))
  })
  look([])
  if (options.serve) serveAll(options, { health, metrics }, signal)
  void whenChangedByOthers(kernel.nft, { clock, log }, signal, () => {
    families.doubt()
    look([])
  })
  await first.promise
}

/** Upstream's Event for a health check that nobody will hear. */
const reportTo =
  ({ caches, recorder, log }: ProxyOptions, nodeName: string) =>
  (key: string, port: number, error: unknown): void => {
    const message = listenFailure({ nodeName, key, port, error: messageOf(error) })
    log.warn({ service: key, port }, message)
    const service = caches.of(services).get(key)
    if (service) recorder.event(service, 'Warning', 'FailedToStartServiceHealthcheck', message)
  }

function serveAll(
  options: ProxyOptions,
  state: { readonly health: Health; readonly metrics: Metrics },
  signal: AbortSignal,
): void {
  const { caches, clock, kernel, log, nodeName } = options
  const node = (): Node | undefined => caches.of(nodes).get(nodeName)
  const render = async (): ReturnType<Metrics['render']> =>
    state.metrics.render(await snapshot({ caches, nft: kernel.nft, node: contextOf(nodeName, node()) }))
  serve({ ...options.serve!, ...state, eligible: () => isEligible(node()), render, clock, log }, signal)
}

function contextOf(nodeName: string, node: Node | undefined): Omit<NodeContext, 'family'> {
  const zone = node?.metadata.labels?.[ZONE_LABEL]
  const nodeIPs = (node?.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address)
  return { nodeName, zone, nodeIPs }
}
