import type { Service } from '../api/index.ts'
import type { Conntrack, Nft } from '../kernel/index.ts'
import type { Clock, Logger } from '../lib/index.ts'
import type { Health } from './health/health.ts'
import type { Metrics } from './health/metrics.ts'
import type { Trigger } from './health/triggers.ts'
import { type Around, createRules, type Rules } from './rules.ts'
import { isFamily } from './services/addresses.ts'
import { clusterIPsOf } from './services/frontends.ts'
import { type Family, TABLE } from './table/names.ts'

export interface FamiliesOptions {
  /** Of either family. */
  readonly podCIDRs: readonly string[]
  readonly serviceCIDRs: readonly string[]
  readonly kernel: { readonly nft: Nft; readonly conntrack: Conntrack }
  readonly clock: Clock
  readonly log: Logger
  readonly health: Health
  readonly metrics: Metrics
}

/** The rules of a node. A family has a table, and costs anything, only when some Service has an address of it; IPv4 always. */
export interface Families {
  readonly active: Iterable<Family>
  set(key: string, service: Service | undefined, around: Around): void
  /** Answers how many elements were written. `triggers` are when what is written had changed. */
  sync(triggers: readonly Trigger[], signal: AbortSignal): Promise<number>
  /** From now on nobody knows what the kernel has. */
  doubt(): void
}

/** A table of an earlier life counts as active, so that it is put right. Without nftables for IPv6 that family is left alone. */
export async function createFamilies(options: FamiliesOptions): Promise<Families> {
  const { podCIDRs, serviceCIDRs, kernel, clock, log, health, metrics } = options
  const active = new Map<Family, Rules>()
  const activate = (family: Family): void => {
    const base = {
      family,
      podCIDR: podCIDRs.find((cidr) => isFamily(cidr, family)),
      serviceCIDRs: serviceCIDRs.filter((cidr) => isFamily(cidr, family)),
    }
    active.set(family, createRules({ ...kernel, base, log }))
  }
  const syncOne = async (family: Family, rules: Rules, triggers: readonly Trigger[], signal: AbortSignal): Promise<number> => {
    const began = clock.now()
    try {
      const { mode, elements, flows } = await rules.sync(signal)
      const now = clock.now()
      const seconds = (now - began) / 1000
      health.updated(family)
      const forgotten = flows === undefined ? undefined : { deleted: flows, seconds }
      const times = triggers.filter((trigger) => trigger.family === family).map(({ time }) => time)
      metrics.synced(family, { now, seconds, full: mode === 'full', triggers: times, flows: forgotten })
      return elements
    } catch (error) {
      metrics.failed(family)
      throw error
    }
  }
  activate('ip')
  const hasIPv6 = await knowsIPv6(kernel.nft)
  if (hasIPv6 && (await hasTable(kernel.nft, 'ip6'))) activate('ip6')
  return {
    active: { [Symbol.iterator]: () => active.keys() },
    set(key, service, around) {
      if (hasIPv6 && !active.has('ip6') && service && clusterIPsOf(service, 'ip6').length > 0) activate('ip6')
      for (const rules of active.values()) rules.set(key, service, around)
    },
    async sync(triggers, signal) {
      let elements = 0
      const failures: unknown[] = []
      for (const [family, rules] of active) {
        try {
          elements += await syncOne(family, rules, triggers, signal)
        } catch (error) {
          failures.push(error) // the other family isn't concerned
        }
      }
      if (failures.length > 0) throw failures[0]
      return elements
    },
    doubt() {
      for (const rules of active.values()) rules.doubt()
    },
  }
}

/** Removes the proxy's tables from this network namespace, and nothing else; fine when there are none. */
export async function cleanUp(nft: Nft): Promise<void> {
  for (const family of ['ip', 'ip6'] as const) if (await hasTable(nft, family)) await nft.run(`delete table ${family} ${TABLE}`)
}

/** Whether this kernel has nftables for IPv6: a transaction that comes to nothing. */
const knowsIPv6 = (nft: Nft): Promise<boolean> =>
  nft.run('add table ip6 portolan-probe\ndelete table ip6 portolan-probe\n').then(
    () => true,
    () => false,
  )

const hasTable = async (nft: Nft, family: Family): Promise<boolean> =>
  (await nft.list('tables')).some(({ table }) => table?.['family'] === family && table['name'] === TABLE)
