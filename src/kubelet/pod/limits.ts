import type { Pod } from '../../api/index.ts'
import type { Trouble } from './state.ts'

/** Why a Pod may not run, or not any longer. */
export type Failure = Pick<Trouble, 'reason' | 'message'>

export const DEADLINE_EXCEEDED: Failure = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
}

/** When a Pod with `activeDeadlineSeconds` has had its time, counted from its start here; milliseconds since the epoch. */
export function deadlineOf({ spec, status }: Pod): number | undefined {
  if (spec?.activeDeadlineSeconds === undefined || status?.startTime === undefined) return undefined
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000
}
