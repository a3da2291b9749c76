import { isPodReady } from '../../api/index.ts'
import type { Condition, Pod, PodDisruptionBudget } from '../../api/index.ts'
import { isSelectorError, labelSelectorPredicate } from '../../api/machinery/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { forbidden, StatusError } from '../http/status-error.ts'
import type { Core } from '../registry/core.ts'
import { storePrefix } from '../registry/location.ts'
import type { Location } from '../registry/location.ts'
import { mustGet } from '../registry/read.ts'
import { timestamp } from '../registry/timestamp.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'

const GROUP = 'policy'
/** Evictions that the controller hasn't noticed yet. */
const MOST_DISRUPTED = 2000
/** The condition by which a budget says whether it grants evictions. */
const ALLOWED = 'DisruptionAllowed'

/**
 * Takes the eviction of a Pod out of its disruption budget, where it has one and counts. Throws TooManyRequests when
 * nothing is left of it, and NotFound when there is no such Pod.
 */
export async function spendBudget(core: Core, location: Location, dryRun: boolean): Promise<void> {
  const pod = JSON.parse(mustGet(core, location).value.toString()) as Pod
  if (isOver(pod)) return
  const budgets = budgetsOf(core, pod)
  if (budgets.length > 1) {
    const why = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
    throw new StatusError(500, 'InternalError', why)
  }
  const [budget] = budgets
  if (!budget || (!isPodReady(pod) && mayGoUnready(budget))) return
  const kind = core.kinds.find(GROUP, 'v1', 'poddisruptionbudgets')
  if (!kind) return
  const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined =>
    old && spent(structuredClone(old) as Draft<PodDisruptionBudget>, location.name, timestamp(core.clock.now()))
  const { name = '', namespace = '' } = budget.metadata
  await updateObject(core, { kind, namespace, name }, { subresource: 'status', change }, { dryRun, warnings: new Warnings() })
}

/** Such Pods serve nobody, so nobody misses them. */
const isOver = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || ['Succeeded', 'Failed', 'Pending'].includes(status?.phase ?? '')

function budgetsOf(core: Core, { metadata }: Pod): PodDisruptionBudget[] {
  const kind = core.kinds.find(GROUP, 'v1', 'poddisruptionbudgets')
  if (!kind) return []
  return core.store
    .list(storePrefix(kind, metadata.namespace))
    .map(({ value }) => JSON.parse(value.toString()) as PodDisruptionBudget)
    .filter((budget) => selects(budget, metadata.labels))
}

/** In `policy/v1` an empty selector selects every Pod, none selects none. */
function selects({ spec }: PodDisruptionBudget, labels: Pod['metadata']['labels']): boolean {
  try {
    return labelSelectorPredicate(spec?.selector)(labels)
  } catch (error) {
    if (!isSelectorError(error)) throw error
    return false
  }
}

/** A Pod that isn't ready doesn't count as healthy, so while enough others are, it may go: KEP-3017. */
function mayGoUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {}
  return currentHealthy >= desiredHealthy && desiredHealthy > 0
}

/** As upstream's `checkAndDecrement`. */
function spent(budget: Draft<PodDisruptionBudget>, pod: string, now: string): Draft<KubeObject> {
  const { name = '', generation = 0 } = budget.metadata
  const about = { group: GROUP, plural: 'poddisruptionbudget', name }
  const status = budget.status
  if (!status || (status.observedGeneration ?? 0) < generation) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10)
  }
  const allowed = status.disruptionsAllowed ?? 0
  if (allowed < 0) throw forbidden(about, 'pdb disruptions allowed is negative')
  if (Object.keys(status.disruptedPods ?? {}).length > MOST_DISRUPTED) {
    throw forbidden(about, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller')
  }
  if (allowed === 0) throw tooMany(whyNone(budget), 0)
  status.disruptionsAllowed = allowed - 1
  if (allowed === 1) status.conditions = (status.conditions ?? []).map((condition) => withoutSpare(condition, now))
  status.disruptedPods = { ...status.disruptedPods, [pod]: now }
  return budget as Draft<KubeObject>
}

function whyNone({ metadata: { name }, status }: Draft<PodDisruptionBudget>): string {
  const failed = status?.conditions?.find(({ type, reason }) => type === ALLOWED && reason === 'SyncFailed')
  if (failed)
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`
  return `The disruption budget ${name} needs ${status?.desiredHealthy} healthy pods and has ${status?.currentHealthy} currently`
}

function withoutSpare(condition: Condition, now: string): Condition {
  if (condition.type !== ALLOWED || condition.status === 'False') return condition
  return { ...condition, status: 'False', reason: 'InsufficientPods', message: '', lastTransitionTime: now }
}

const tooMany = (message: string, retryAfterSeconds: number): StatusError =>
  new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  })
