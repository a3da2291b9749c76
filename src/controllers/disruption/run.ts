import {
  isSelectorError,
  keyOf,
  type KubeObject,
  labelSelectorPredicate,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  pods,
  semanticEqual,
} from '../../api/index.ts'
import { byNamespace, createQueue, createRecorder, whenSeen } from '../../client/index.ts'
import { timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { asksControllers, budgetStatus, notDeleted } from './plan.ts'
import { type Scale, Scales } from './scale.ts'
import { clearStale } from './stale.ts'

/** An eviction that nobody saw through in this time didn't happen; milliseconds, as upstream's `DeletionTimeout`. */
const DELETION_TIMEOUT = 2 * 60_000

/** Keeps the status of every PodDisruptionBudget, by which the API server grants evictions. */
export async function runDisruptionBudgets(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { client, caches, clock } = context
  const log = context.log.child({ controller: 'disruption' })
  const recorder = createRecorder({ client, component: 'controllermanager', clock, log })
  const budgets = caches.of(podDisruptionBudgets)
  const podCache = caches.of(pods)
  const scales = new Scales(caches)
  const [budgetsIn, podsIn] = [budgets.indexBy(byNamespace), podCache.indexBy(byNamespace)]
  await Promise.all([budgets, podCache, ...scales.caches].map((cache) => cache.whenSynced()))

  const process = async (key: string): Promise<void> => {
    const budget = budgets.get(key)
    if (!budget || budget.metadata.deletionTimestamp) return
    const { namespace = '', name = '' } = budget.metadata
    const selected = podsIn(namespace).filter((pod) => selects(budget, pod))
    const scale = asksControllers(budget) ? scales.of(selected) : NOT_ASKED
    tell(budget, selected, scale)
    const [now, forgottenBefore] = [timestamp(clock.now()), timestamp(clock.now() - DELETION_TIMEOUT)]
    const facts = { pods: selected, wanted: 'unknown' in scale ? scale : scale.replicas, now, forgottenBefore }
    for (const pod of notDeleted(budget, facts)) {
      const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`
      recorder.event(pod, 'Warning', 'NotDeleted', message)
    }
    const status = budgetStatus(budget, facts)
    if (status.disruptedPods) queue.addAfter(key, DELETION_TIMEOUT)
    if (semanticEqual(status, budget.status)) return
    const written = client.updateStatus(podDisruptionBudgets, { ...budget, status }, signal)
    await written.then((after) => whenSeen(budgets, after)).catch(ignoreOutdated)
  }
  const tell = (budget: PodDisruptionBudget, selected: readonly Pod[], scale: Scale): void => {
    if (selected.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found')
    if ('unknown' in scale) {
      const message = `Failed to calculate the number of expected pods: ${scale.unknown}`
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message)
    } else if (!scale.isManaged) recorder.event(budget, 'Warning', 'UnmanagedPods', unmanaged(budget))
  }

  const queue = createQueue({ process, workers: 2, clock, log }, signal)
  const around = ({ metadata }: KubeObject): void => {
    for (const budget of budgetsIn(metadata.namespace ?? '')) queue.add(keyOf(budget))
  }
  budgets.onChange((after) => after && queue.add(keyOf(after)))
  podCache.onChange((after, before) => {
    const inNamespace = budgetsIn((after ?? before)?.metadata.namespace ?? '')
    for (const budget of inNamespace) if ([after, before].some((pod) => pod && selects(budget, pod))) queue.add(keyOf(budget))
    if (!after || semanticEqual(after.metadata.labels, before?.metadata.labels)) return
    const [chosen, ...more] = inNamespace.filter((budget) => selects(budget, after))
    if (chosen && more.length > 0) recorder.event(after, 'Warning', 'MultiplePodDisruptionBudgets', multiple(after, chosen))
  })
  for (const cache of scales.caches) cache.onChange((after, before) => around((after ?? before)!))
  clearStale({ ...context, log }, signal)
}

const NOT_ASKED: Scale = { replicas: 0, isManaged: true }

const multiple = ({ metadata }: Pod, chosen: PodDisruptionBudget): string =>
  `Pod "${metadata.namespace}"/"${metadata.name}" matches multiple PodDisruptionBudgets.  Chose "${chosen.metadata.name}" arbitrarily.`

function unmanaged({ spec }: PodDisruptionBudget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${JSON.stringify(spec?.selector)}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  )
}

function selects({ spec }: PodDisruptionBudget, { metadata }: Pod): boolean {
  try {
    return labelSelectorPredicate(spec?.selector)(metadata.labels)
  } catch (error) {
    if (!isSelectorError(error)) throw error
    return false
  }
}
