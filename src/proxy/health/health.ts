import type { Node } from '../../api/index.ts'
import type { Clock } from '../../lib/index.ts'
import type { Family } from '../table/names.ts'

/** Milliseconds that a change may wait for the kernel before its family counts as ill: kube-proxy's, twice its sync period. */
const TIMEOUT = 60_000
/** By this taint the cluster autoscaler says that it is about to delete a node (KEP-3836). */
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler'

export const FAMILY_NAMES: Readonly<Record<Family, 'IPv4' | 'IPv6'>> = { ip: 'IPv4', ip6: 'IPv6' }

interface Times {
  /** Since when a change has been waiting; undefined while none is. */
  queued: number | undefined
  /** When the kernel was last made right; undefined before the first time. */
  updated: number | undefined
}

/** Whether changes get to the kernel in time, for each family (pkg/proxy/healthcheck/proxy_health.go). */
export class Health {
  readonly #families = new Map<Family, Times>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  queued(family: Family): void {
    this.#of(family).queued ??= this.#clock.now()
  }

  updated(family: Family): void {
    const times = this.#of(family)
    times.queued = undefined
    times.updated = this.#clock.now()
  }

  get healthy(): boolean {
    return [...this.#families.values()].every((times) => this.#inTime(times))
  }

  /** The answer of /healthz, and with `node` left out that of /livez: whether it is well, and upstream's body. */
  answer(node?: { readonly eligible: boolean }): { readonly status: 200 | 503; readonly body: string } {
    const now = this.#clock.now()
    const known = [...this.#families].filter(([, { updated }]) => updated !== undefined)
    const status = known.map(([family, times]) => [
      FAMILY_NAMES[family],
      { lastUpdated: time(times.updated), healthy: this.#inTime(times) },
    ])
    const well = this.healthy && node?.eligible !== false
    const last = well ? now : Math.max(0, ...known.map(([, { updated = 0 }]) => updated)) || undefined
    const body = {
      lastUpdated: time(last),
      currentTime: time(now),
      ...(node ? { nodeEligible: node.eligible } : {}),
      healthy: this.healthy,
      ...(known.length > 0 ? { status: Object.fromEntries(status) } : {}),
    }
    return { status: well ? 200 : 503, body: JSON.stringify(body) }
  }

  /** It is well while it starts, too. */
  #inTime({ queued, updated }: Times): boolean {
    return updated === undefined || queued === undefined || this.#clock.now() - queued < TIMEOUT
  }

  #of(family: Family): Times {
    let times = this.#families.get(family)
    if (!times) this.#families.set(family, (times = { queued: undefined, updated: undefined }))
    return times
  }
}

/** Go's zero time where there is none. */
const time = (millis: number | undefined): string =>
  millis === undefined ? '0001-01-01T00:00:00Z' : new Date(millis).toISOString()

/** Whether load balancers should send anything to this node. */
export function isEligible(node: Node | undefined): boolean {
  if (!node || node.metadata.deletionTimestamp) return false
  return !(node.spec?.taints ?? []).some(({ key }) => key === TO_BE_DELETED)
}
