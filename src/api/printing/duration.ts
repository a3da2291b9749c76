const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

const two = (amount: number, large: number, small: number, units: string): string => {
  const whole = Math.floor(amount / large)
  const rest = Math.floor((amount - whole * large) / small)
  return rest === 0 ? `${whole}${units[0]}` : `${whole}${units[0]}${rest}${units[1]}`
}

/**
 * How kubectl words an age: two units while both matter, one when they no longer do. `ms` is milliseconds; up to two
 * seconds in the future count as zero (clocks differ), beyond that the text is `<invalid>`.
 * As upstream's `k8s.io/apimachinery/pkg/util/duration.HumanDuration`.
 */
export function humanDuration(ms: number): string {
  if (ms <= -2 * SECOND) return '<invalid>'
  if (ms < SECOND) return '0s'
  if (ms < 2 * MINUTE) return `${Math.floor(ms / SECOND)}s`
  if (ms < 10 * MINUTE) return two(ms, MINUTE, SECOND, 'ms')
  if (ms < 3 * HOUR) return `${Math.floor(ms / MINUTE)}m`
  if (ms < 8 * HOUR) return two(ms, HOUR, MINUTE, 'hm')
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`
  if (ms < 8 * DAY) return two(ms, DAY, HOUR, 'dh')
  if (ms < 2 * YEAR) return `${Math.floor(ms / DAY)}d`
  if (ms < 8 * YEAR) return two(ms, YEAR, DAY, 'yd')
  return `${Math.floor(ms / YEAR)}y`
}

/** The age of an RFC 3339 timestamp at `now`; `<unknown>` where there is none. */
export const since = (timestamp: string | null | undefined, now: number): string =>
  timestamp ? humanDuration(now - Date.parse(timestamp)) : '<unknown>'
