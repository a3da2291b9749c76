import { invalid } from '../field.ts'
import type { FieldError } from '../kind.ts'
import { validateNonNegative } from '../numbers.ts'

interface Counting {
  /** What may not be negative, in the order in which it is told. */
  readonly counts: readonly string[]
  /** What there may not be more of than of something else: `[field, other field, what is said]`. */
  readonly within: ReadonlyArray<readonly [string, string, string]>
}

const REPLICAS = 'cannot be greater than status.replicas'
const within = (...fields: readonly string[]) => fields.map((field) => [field, 'replicas', REPLICAS] as const)
const available = (said: string) => ['availableReplicas', 'readyReplicas', said] as const

/** As upstream's `ValidateDeploymentStatus`. */
export const DEPLOYMENT: Counting = {
  counts: [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'collisionCount',
    'terminatingReplicas',
  ],
  within: [...within('updatedReplicas', 'readyReplicas', 'availableReplicas'), available('cannot be greater than readyReplicas')],
}

/** As upstream's `ValidateReplicaSetStatus`, which ReplicationControllers are held to as well. */
export const REPLICA_SET: Counting = {
  counts: ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration', 'terminatingReplicas'],
  within: [
    ...within('fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'),
    available('cannot be greater than readyReplicas'),
  ],
}

/** As upstream's `ValidateStatefulSetStatus`. */
export const STATEFUL_SET: Counting = {
  counts: [
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
    'collisionCount',
  ],
  within: [
    ...within('readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'),
    available('cannot be greater than status.readyReplicas'),
  ],
}

/** As upstream's `validateDaemonSetStatus`. */
export const DAEMON_SET: Counting = {
  counts: [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ],
  within: [],
}

/** What a controller says of its Pods adds up, and its hash collisions are counted up. What is left out is none. */
export const validateCounts =
  ({ counts, within: bounds }: Counting) =>
  (object: { readonly status?: object }, old: { readonly status?: object }): FieldError[] => {
    const count = (of: { readonly status?: object }, field: string): number =>
      (of.status as Readonly<Record<string, number>> | undefined)?.[field] ?? 0
    const found = counts.flatMap((field) => validateNonNegative(`status.${field}`, count(object, field)))
    for (const [field, most, said] of bounds) {
      if (count(object, field) > count(object, most)) found.push(invalid(`status.${field}`, count(object, field), said))
    }
    const collisions = 'collisionCount'
    if (counts.includes(collisions) && count(object, collisions) < count(old, collisions)) {
      found.push(invalid(`status.${collisions}`, count(object, collisions), 'cannot be decremented'))
    }
    return found
  }
