import { type EndpointSlice, endpointSlices, keyOf, type Service, services } from '../api/index.ts'
import type { Caches } from '../client/index.ts'
import type { Nft } from '../kernel/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'
import { createApplier } from './apply.ts'
import type { BaseOptions } from './base.ts'
import { Ledger } from './ledger.ts'
import { planService } from './plan.ts'

export interface ProxyOptions extends Omit<BaseOptions, 'family'> {
  readonly caches: Caches
  /** Of the network namespace this process is in: the node's. */
  readonly nft: Nft
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  /** Told after every sync that changed something, with the number of elements written. */
  readonly onSync?: (elements: number) => void
}

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/**
 * The service proxy of one node: Services and EndpointSlices in, nftables out. Resolves when the node's rules are in the
 * kernel for the first time; goes on until `signal` aborts. What it wrote stays in the kernel then, so that a restart
 * breaks nothing.
 */
export async function runProxy(options: ProxyOptions, signal: AbortSignal): Promise<void> {
  const { caches, nft, clock, log, podCIDR, serviceCIDRs, onSync } = options
  const context = { nodeName: options.nodeName, family: 'ip' } as const
  const serviceCache = caches.of(services)
  const sliceCache = caches.of(endpointSlices)
  sliceCache.addIndex('service', (slice) => serviceKeysOf(slice))
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced()])

  const ledger = new Ledger()
  const applier = createApplier({ ledger, nft, base: { family: 'ip', podCIDR, serviceCIDRs }, log })
  const dirty = new Set<string>()
  const first = Promise.withResolvers<void>()
  const sync = async (): Promise<void> => {
    for (const key of dirty) {
      const service = serviceCache.get(key)
      ledger.set(key, service ? planService(service, sliceCache.byIndex('service', key), context) : [])
    }
    dirty.clear()
    const { mode, elements } = await applier.apply(signal)
    if (mode !== 'none') onSync?.(elements)
    if (mode === 'full') log.info({ elements }, 'the whole table was written')
    first.resolve()
  }
  const runner = createRunner({ run: sync, clock, log }, signal)
  const look = (keys: Iterable<string>): void => {
    for (const key of keys) dirty.add(key)
    runner.request()
  }
  serviceCache.onChange((after, before) => look([keyOf((after ?? before) as Service)]))
  sliceCache.onChange((after, before) => look([...(after ? serviceKeysOf(after) : []), ...(before ? serviceKeysOf(before) : [])]))
  look([])
  await first.promise
}

function serviceKeysOf(slice: EndpointSlice): string[] {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL]
  return name ? [`${slice.metadata.namespace}/${name}`] : []
}
