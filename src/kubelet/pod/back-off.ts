/** How long a container that keeps ending waits for its next start. Milliseconds throughout. */
export interface BackOff {
  readonly delay: number
  /** When the delay was last made longer. */
  readonly since: number
}

const FIRST = 10_000
const LONGEST = 300_000
/** A container that ran this long starts over with a clean slate (twice the longest delay, as upstream). */
const FORGIVEN = 600_000

const isOver = (backOff: BackOff, endedAt: number): boolean => endedAt - backOff.since > FORGIVEN

/** When a container that ended at `endedAt` may start again; the first time at once. */
export const restartAt = (backOff: BackOff | undefined, endedAt: number): number =>
  backOff === undefined || isOver(backOff, endedAt) ? endedAt : endedAt + backOff.delay

/** The back-off after a restart at `now` of a container that ended at `endedAt`: 10 s, 20 s, … 300 s. */
export const lengthen = (backOff: BackOff | undefined, endedAt: number, now: number): BackOff => ({
  delay: backOff === undefined || isOver(backOff, endedAt) ? FIRST : Math.min(backOff.delay * 2, LONGEST),
  since: now,
})

/** How long an image that can't be pulled is left alone. Milliseconds throughout. */
export interface PullBackOff {
  readonly delay: number
  readonly until: number
  /** What went wrong the last time. */
  readonly reason: string
}

/** The back-off after one more pull that failed at `now` for `reason`: 10 s, 20 s, … 300 s, as upstream. */
export const lengthenPull = (before: PullBackOff | undefined, reason: string, now: number): PullBackOff => {
  const delay = before ? Math.min(before.delay * 2, LONGEST) : FIRST
  return { delay, until: now + delay, reason }
}

/** As Go prints a duration of milliseconds: `345ms`, `1.234s`, `1m2.5s`. */
export function printMillis(milliseconds: number): string {
  const whole = Math.round(milliseconds)
  if (whole < 1000) return `${whole}ms`
  const minutes = Math.floor(whole / 60_000)
  return `${minutes > 0 ? `${minutes}m` : ''}${(whole % 60_000) / 1000}s`
}

/** As Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function printDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
