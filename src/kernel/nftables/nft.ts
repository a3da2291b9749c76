import { PortolanError } from '../../lib/index.ts'
import type { RememberRule } from './remember-rule.ts'

/**
 * nftables of the network namespace this process is in, spoken to in its own language: the text of nft(8).
 *
 * A script is one transaction: it takes effect whole or not at all.
 */
export interface Nft {
  /** Throws {@link NftError} with nft's own words, and then nothing has changed. */
  run(script: string, signal?: AbortSignal): Promise<void>
  /** What `nft -j list …` prints, parsed; throws {@link NftError} when there is no such object. */
  list(what: string, signal?: AbortSignal): Promise<readonly NftObject[]>
  /** The elements of a map, `ip NAME-OF-TABLE NAME`, as libnftables-json(5) has them; as many as packets have filled it with. */
  elements(map: string, signal?: AbortSignal): Promise<readonly unknown[]>
  /** Appends a rule to a chain of a table `ip6` that can't be said in nft's language; a transaction of its own. */
  remember(rule: RememberRule): Promise<void>
  /**
   * Whether anybody else has changed the nftables of this namespace, any table of it, since this was last asked; false the first
   * time. Costs one message to the kernel and its answer.
   */
  changedByOthers(): Promise<boolean>
}

/** One entry of libnftables-json(5)'s `nftables` array: `{ chain: { family, table, name, … } }`. */
export type NftObject = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export class NftError extends PortolanError {
  constructor(message: string, options?: ErrorOptions) {
    super('NftFailed', message, options)
    this.name = 'NftError'
  }
}

/** Whether nft refused because the table, chain, set or element isn't there. */
export const isNoSuchObject = (error: unknown): boolean =>
  error instanceof NftError && error.message.includes('No such file or directory')
