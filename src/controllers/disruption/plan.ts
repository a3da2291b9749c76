import { isPodReady } from '../../api/index.ts'
import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/index.ts'

export interface Facts {
  /** Those that the budget selects. */
  readonly pods: readonly Pod[]
  /** How many Pods their controllers want, all together; undefined when one of them has no controller. */
  readonly wanted: number | undefined
  /** RFC 3339 to the second, so that times can be compared as texts. */
  readonly now: string
  /** An eviction that was granted earlier and that nobody saw through didn't happen. */
  readonly forgottenBefore: string
}

/**
 * What a budget should say: how many of its Pods may go now. None when it can't be known how many there should be. As
 * upstream's `pkg/controller/disruption`.
 */
export function budgetStatus({ metadata, spec = {}, status }: PodDisruptionBudget, facts: Facts): PodDisruptionBudgetStatus {
  const { pods, now } = facts
  const disruptedPods = stillGoing(status?.disruptedPods, facts)
  const expected = expectations(spec, facts)
  const healthy = pods.filter((pod) => isHealthy(pod) && disruptedPods[pod.metadata.name ?? ''] === undefined).length
  const { expectedPods = 0, desiredHealthy = 0 } = expected ?? {}
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, healthy - desiredHealthy) : 0
  return {
    observedGeneration: metadata.generation,
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods,
    conditions: conditions(status?.conditions, condition({ allowed: disruptionsAllowed, generation: metadata.generation, isKnown: expected !== undefined }), now), // prettier-ignore
  }
}

interface Expectations {
  readonly expectedPods: number
  readonly desiredHealthy: number
}

function expectations(
  { minAvailable, maxUnavailable }: NonNullable<PodDisruptionBudget['spec']>,
  { pods, wanted }: Facts,
): Expectations | undefined {
  if (maxUnavailable !== undefined) {
    return wanted === undefined
      ? undefined
      : { expectedPods: wanted, desiredHealthy: Math.max(0, wanted - amount(maxUnavailable, wanted)) }
  }
  if (typeof minAvailable !== 'string') return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 }
  return wanted === undefined ? undefined : { expectedPods: wanted, desiredHealthy: amount(minAvailable, wanted) }
}

/** `25%` of a number, rounded up. */
const amount = (value: number | string, of: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value) * of) / 100)

const isHealthy = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && isPodReady(pod)

/** Evictions that were granted and that the Pod's own state doesn't tell yet. */
function stillGoing(
  disrupted: PodDisruptionBudgetStatus['disruptedPods'],
  { pods, forgottenBefore }: Facts,
): Record<string, string> {
  const entries = Object.entries(disrupted ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name)
    return pod && !pod.metadata.deletionTimestamp && since > forgottenBefore
  })
  return Object.fromEntries(entries)
}

type Said = Pick<Condition, 'status' | 'reason' | 'message' | 'observedGeneration'>

function condition({
  allowed,
  generation,
  isKnown,
}: {
  allowed: number
  generation: number | undefined
  isKnown: boolean
}): Said {
  const observedGeneration = generation
  if (!isKnown) {
    const message = 'found no controller ref for a pod, so that nobody knows how many there should be'
    return { status: 'False', reason: 'SyncFailed', message, observedGeneration }
  }
  if (allowed > 0) return { status: 'True', reason: 'SufficientPods', message: '', observedGeneration }
  return { status: 'False', reason: 'InsufficientPods', message: '', observedGeneration }
}

function conditions(known: readonly Condition[] = [], said: Said, now: string): Condition[] {
  const type = 'DisruptionAllowed'
  const before = known.find((each) => each.type === type)
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : now
  return [...known.filter((each) => each.type !== type), { ...said, type, lastTransitionTime }]
}
