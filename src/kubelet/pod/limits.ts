import type { Pod } from '../../api/index.ts'

/** As a status has them. */
export interface Reason {
  readonly reason: string
  readonly message: string
}

/** Why a Pod may not run, or not any longer. */
export interface Failure extends Reason {
  /** Seconds that it has to end; what its spec says when left out. */
  readonly grace?: number
  /** Whether the node ends it for the node's sake, which its condition DisruptionTarget says. */
  readonly disrupted?: boolean
}

export const DEADLINE_EXCEEDED: Failure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/** When a Pod with `activeDeadlineSeconds` has had its time, counted from its start here; milliseconds since the epoch. */
export function deadlineOf({ spec, status }: Pod): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || status?.startTime === undefined) return undefined
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000
}
