export interface BackoffOptions {
  /** Milliseconds before the second try. */
  readonly base: number
  /** Milliseconds, the longest wait. */
  readonly max: number
  /** 0 to 1: how much of a wait is chance, so that many who fail together don't come back together. */
  readonly jitter?: number
}

/**
 * How long to wait before try number `attempt` + 1, in milliseconds: `base` doubled with every attempt, up to `max`.
 * `attempt` counts from 0. `random` gives numbers from 0 up to 1.
 */
export function backoff(attempt: number, { base, max, jitter = 0 }: BackoffOptions, random: () => number = () => 0): number {
  const full = Math.min(max, base * 2 ** Math.min(attempt, 30))
  return full * (1 - jitter * random())
}
