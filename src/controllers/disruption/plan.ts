import { isPodReady } from '../../api/index.ts'
import type { Condition, Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/index.ts'

export interface Facts {
  /** Those that the budget selects. */
  readonly pods: readonly Pod[]
  /** How many Pods their controllers want, all together; or why that can't be known. */
  readonly wanted: number | { readonly unknown: string }
  /** RFC 3339 to the second, so that times can be compared as texts. */
  readonly now: string
  /** An eviction that was granted earlier and that nobody saw through didn't happen. */
  readonly forgottenBefore: string
}

/**
 * What a budget should say: how many of its Pods may go now. None when it can't be known how many there should be; the rest of
 * the status stays as it was then. As upstream's `pkg/controller/disruption`.
 */
export function budgetStatus({ metadata, spec = {}, status }: PodDisruptionBudget, facts: Facts): PodDisruptionBudgetStatus {
  const { pods, now } = facts
  const expected = expectations(spec, facts)
  if ('unknown' in expected) {
    const { observedGeneration = 0 } = status ?? {}
    const said = { status: 'False', reason: 'SyncFailed', message: expected.unknown, observedGeneration }
    return { ...NO_STATUS, ...status, disruptionsAllowed: 0, conditions: conditions(status?.conditions, said, now) }
  }
  const disruptedPods = stillGoing(status?.disruptedPods, facts)
  const healthy = pods.filter((pod) => isHealthy(pod) && disruptedPods[pod.metadata.name ?? ''] === undefined).length
  const { expectedPods, desiredHealthy } = expected
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, healthy - desiredHealthy) : 0
  const isEnough = disruptionsAllowed > 0
  const said = {
    status: isEnough ? 'True' : 'False',
    reason: isEnough ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: metadata.generation,
  }
  return {
    observedGeneration: metadata.generation,
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy,
    expectedPods,
    conditions: conditions(status?.conditions, said, now),
  }
}

const NO_STATUS = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }

interface Expectations {
  readonly expectedPods: number
  readonly desiredHealthy: number
}

/** Whether it matters to a budget how many Pods their controllers want. */
export const asksControllers = ({ spec }: PodDisruptionBudget): boolean =>
  spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string'

function expectations(
  { minAvailable = 0, maxUnavailable }: NonNullable<PodDisruptionBudget['spec']>,
  { pods, wanted }: Facts,
): Expectations | { readonly unknown: string } {
  if (maxUnavailable === undefined && typeof minAvailable === 'number')
    return { expectedPods: pods.length, desiredHealthy: minAvailable }
  if (typeof wanted === 'object') return wanted
  if (maxUnavailable === undefined) return { expectedPods: wanted, desiredHealthy: amount(minAvailable, wanted) }
  return { expectedPods: wanted, desiredHealthy: Math.max(0, wanted - amount(maxUnavailable, wanted)) }
}

/** `25%` of a number, rounded up. */
const amount = (value: number | string, of: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value) * of) / 100)

const isHealthy = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && isPodReady(pod)

/** Whether an eviction was granted and the Pod's own state doesn't tell yet. */
function stillGoing(
  disrupted: PodDisruptionBudgetStatus['disruptedPods'],
  { pods, forgottenBefore }: Facts,
): Record<string, string> {
  const waiting = waitingFor(disrupted, pods).filter(([, since]) => since > forgottenBefore)
  return Object.fromEntries(waiting.map(([{ metadata }, since]) => [metadata.name ?? '', since]))
}

/** Pods whose eviction was granted so long ago that it can't have happened. */
export const notDeleted = ({ status }: PodDisruptionBudget, { pods, forgottenBefore }: Facts): Pod[] =>
  waitingFor(status?.disruptedPods, pods).flatMap(([pod, since]) => (since <= forgottenBefore ? [pod] : []))

const waitingFor = (disrupted: PodDisruptionBudgetStatus['disruptedPods'] = {}, pods: readonly Pod[]): [Pod, string][] =>
  pods.flatMap((pod): [Pod, string][] => {
    const since = disrupted[pod.metadata.name ?? '']
    return since === undefined || pod.metadata.deletionTimestamp ? [] : [[pod, since]]
  })

type Said = Pick<Condition, 'status' | 'reason' | 'message' | 'observedGeneration'>

function conditions(known: readonly Condition[] = [], said: Said, now: string): Condition[] {
  const type = 'DisruptionAllowed'
  const before = known.find((each) => each.type === type)
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : now
  return [...known.filter((each) => each.type !== type), { ...said, type, lastTransitionTime }]
}
