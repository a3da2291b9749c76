import type { Nft } from '../kernel/index.ts'
import { type Logger, messageOf } from '../lib/index.ts'
import type { BaseOptions } from './table/base.ts'
import { parseChain } from './table/chain-names.ts'
import { ChainsInUse, laterRules } from './table/chains.ts'
import type { Change, Ledger } from './table/ledger.ts'
import { TABLE } from './table/names.ts'
import { fullScript, type Update, updateScript } from './table/script.ts'

export interface Applier {
  /** Makes the kernel's table equal to the ledger: by the changes alone where that is known to be enough. */
  apply(signal?: AbortSignal): Promise<Applied>
  /** From now on nobody knows what the kernel has: the next {@link apply} writes everything. */
  doubt(): void
}

/** What a sync did; `elements` is how many were written or removed. */
export interface Applied {
  readonly mode: 'none' | 'changes' | 'full'
  readonly elements: number
}

/**
 * Brings a ledger to the kernel. The first sync, and the one after a failure, writes everything; every other writes what
 * changed and reads nothing. A failed transaction has changed nothing, so the full one that follows starts from a whole table.
 */
export function createApplier({ ledger, nft, base, log }: { ledger: Ledger; nft: Nft; base: BaseOptions; log: Logger }): Applier {
  let chains: ChainsInUse | undefined
  const later = async (update: Update): Promise<void> => {
    for (const rule of laterRules(update.chains.added, base)) await nft.remember(rule)
  }
  const full = async (signal?: AbortSignal): Promise<Applied> => {
    const fresh = new ChainsInUse()
    ledger.takeChanges()
    const changes = [...ledger.all()]
    const update = { changes, chains: fresh.update(changes) }
    const stale = (await existingChains(nft, base)).filter((chain) => !update.chains.added.includes(chain))
    await nft.run(fullScript(update, base, stale), signal)
    await later(update)
    chains = fresh
    return { mode: 'full', elements: changes.length }
  }
  const incremental = async (known: ChainsInUse, changes: readonly Change[], signal?: AbortSignal): Promise<Applied> => {
    chains = undefined // until the kernel has said yes, what it holds is in doubt
    const update = { changes, chains: known.update(changes) }
    await nft.run(updateScript(update, base), signal)
    await later(update)
    chains = known
    return { mode: 'changes', elements: changes.length }
  }
  return {
    async apply(signal) {
      if (!chains) return full(signal)
      const changes = ledger.takeChanges()
      if (changes.length === 0) return { mode: 'none', elements: 0 }
      try {
        return await incremental(chains, changes, signal)
      } catch (error) {
        log.warn({ error: messageOf(error) }, 'the kernel refused a change; writing the whole table')
        return full(signal)
      }
    },
    doubt: () => void (chains = undefined),
  }
}

/** The chains on demand of the table as it is; none when there is no table. */
async function existingChains(nft: Nft, { family }: BaseOptions): Promise<string[]> {
  const chains = (await nft.list(`chains ${family}`)).flatMap((object) => (object['chain'] ? [object['chain']] : []))
  return chains
    .filter((chain) => chain['table'] === TABLE && parseChain(String(chain['name'])))
    .map((chain) => String(chain['name']))
}
