import type { EndpointSlice, Service } from '../api/index.ts'
import type { Conntrack, Nft } from '../kernel/index.ts'
import type { Logger } from '../lib/index.ts'
import { type Applied, createApplier } from './apply.ts'
import { forget } from './memory/forget.ts'
import { Reaches, reachesOf } from './memory/reach.ts'
import { planService } from './plan.ts'
import type { NodeContext } from './services/frontends.ts'
import type { BaseOptions } from './table/base.ts'
import { Ledger } from './table/ledger.ts'

export interface RulesOptions {
  readonly base: BaseOptions
  readonly nft: Nft
  readonly conntrack: Conntrack
  readonly log: Logger
}

/** What a Service is planned with. */
export interface Around {
  readonly slices: readonly EndpointSlice[]
  readonly node: Omit<NodeContext, 'family'>
}

/** One family's table on one node: what it should be, Service by Service, and the way it becomes so. */
export interface Rules {
  /** From now on the Service `key` is this one; undefined when there is none. */
  set(key: string, service: Service | undefined, around: Around): void
  /** Makes the kernel as it should be, and lets it forget what leads to endpoints that are gone. */
  sync(signal: AbortSignal): Promise<Synced>
  /** From now on nobody knows what the kernel has. */
  doubt(): void
}

export interface Synced extends Applied {
  /** How many flows were deleted; undefined when none was looked at. */
  readonly flows: number | undefined
}

export function createRules({ base, nft, conntrack, log }: RulesOptions): Rules {
  const { family } = base
  const ledger = new Ledger()
  const reaches = new Reaches()
  const applier = createApplier({ ledger, nft, base, log })
  return {
    set(key, service, { slices, node }) {
      const context = { ...node, family }
      ledger.set(key, service ? planService(service, slices, context) : [])
      reaches.set(key, service ? reachesOf(service, slices, context) : [])
    },
    async sync(signal) {
      const applied = await applier.apply(signal)
      if (applied.mode === 'full') log.info({ family, elements: applied.elements }, 'the whole table was written')
      const inspection = reaches.takeInspection()
      if (!inspection) return { ...applied, flows: undefined }
      try {
        return { ...applied, flows: await forget(inspection, { nft, conntrack }, family) }
      } catch (error) {
        reaches.inspectAll()
        throw error
      }
    },
    doubt: () => applier.doubt(),
  }
}
