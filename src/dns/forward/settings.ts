import type { AnswerCacheOptions } from './cache.ts'
import type { RouteOptions } from './servers.ts'

/** Which of several servers is asked first; one that was silent lately is always asked last. */
export type Policy = 'sequential' | 'round_robin' | 'random'

/** How others are asked. */
export interface ForwardSettings extends RouteOptions {
  readonly policy?: Policy
  /** Ask over TCP only. */
  readonly forceTcp?: boolean
  /** Questions that are waited for at once; more fail at once, so that a slow server costs no memory. */
  readonly maxConcurrent?: number
  readonly cache?: Partial<AnswerCacheOptions>
}

/** As kubeadm sets CoreDNS up: `cache 30`, `max_concurrent 1000`. */
export const DEFAULT_CACHE: AnswerCacheOptions = { maxBytes: 8 << 20, maxAge: 30, maxDenialAge: 30 }
export const DEFAULT_CONCURRENT = 1_000
