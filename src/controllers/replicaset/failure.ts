import type { ReplicaSetCondition } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'

const TYPE = 'ReplicaFailure'

export interface Failure {
  readonly error: unknown
  /** Whether Pods were to be made, not deleted. */
  readonly creating: boolean
}

/**
 * The conditions once it is known whether Pods could be made and deleted: the first failure is told until there is none.
 * Source: pkg/controller/replicaset/replica_set_utils.go calculateStatus.
 */
export function withFailure(
  conditions: readonly ReplicaSetCondition[] = [],
  failure: Failure | undefined,
  now: string,
): readonly ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== TYPE)
  if (!failure) return others
  if (others.length < conditions.length) return conditions
  const reason = failure.creating ? 'FailedCreate' : 'FailedDelete'
  return [...others, { type: TYPE, status: 'True', reason, message: messageOf(failure.error), lastTransitionTime: now }]
}
