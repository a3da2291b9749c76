import type { Clock, Logger } from '../../lib/index.ts'
import type { Operation, Store } from '../../store/index.ts'
import type { Tokens } from '../tokens/tokens.ts'
import type { Authorizer } from '../auth/authorize.ts'
import type { RoleIndex } from '../auth/rbac/role-index.ts'
import type { Indexes } from '../selection/selected.ts'
import type { WholeLists } from '../selection/whole-lists.ts'
import type { Metrics } from '../metrics.ts'
import { kindKey } from './location.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'

/** What every part of the API server works with. */
export interface Core {
  readonly store: Store
  readonly kinds: Kinds
  readonly clock: Clock
  readonly log: Logger
  readonly random: Random
  readonly metrics: Metrics
  /** Aborts when the server closes. */
  readonly closing: AbortSignal
  /** Tokens of service accounts; undefined when there is no key to sign them with. */
  readonly tokens: Tokens | undefined
  /** Whether every Pod must have an account, and gets its token mounted. */
  readonly admitsServiceAccounts: boolean
  readonly authorizer: Authorizer
  /** Who has which role. */
  readonly roles: RoleIndex
  /** What lists with selectors are answered from. */
  readonly indexes: Indexes
  /** What lists without selectors are answered from. */
  readonly wholeLists: WholeLists
  /** What else happens when an object of a kind is written, by {@link kindKey}. */
  readonly effects: ReadonlyMap<string, Effects>
}

/** A source of chance, so that tests can hold it still. */
export interface Random {
  /** A whole number of at least 0 and less than `limit`. */
  below(limit: number): number
  uuid(): string
}

/** The kinds that are served, found by what a URL or an object says. */
export interface Kinds {
  readonly all: readonly Kind[]
  find(group: string, version: string, plural: string): Kind | undefined
}

/** A draft may be changed: it gets what was allocated for it. `old` is undefined when the object is new. */
export interface Writing<T extends KubeObject = KubeObject> {
  readonly object: Draft<T>
  readonly old: T | undefined
  /** Nothing will be written; what would be is still shown. */
  readonly dryRun: boolean
}

/**
 * What one kind does beside being written: a Service takes addresses and node ports.
 *
 * It is asked before the object is validated (as upstream's `BeginCreate` and `BeginUpdate`), and answers with what must
 * be written together with the object.
 */
export interface Effects {
  /** Throws a StatusError when what the object asks for can't be had; then nothing was taken. */
  begin(writing: Writing): Effect
  /** The object goes for good. */
  remove(old: KubeObject): Effect
}

export interface Effect {
  /** Other keys that change at the same revision, or not at all. */
  readonly operations: readonly Operation[]
  /** The write is durable. */
  commit(): void
  /** The write didn't happen. */
  revert(): void
}

export const noEffect: Effect = { operations: [], commit() {}, revert() {} }

/** The effect of writing an object of `kind`; none for most kinds. */
export const beginEffect = (core: Core, kind: Kind, writing: Writing): Effect =>
  core.effects.get(kindKey(kind))?.begin(writing) ?? noEffect
