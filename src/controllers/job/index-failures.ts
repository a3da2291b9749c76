import type { Job, Pod } from '../../api/index.ts'
import { judge } from './failure-policy.ts'
import { readIndexes } from './indexes.ts'
import { hasFailed, hasPlace, indexOf, isActive, isTracked } from './pod.ts'

/** How often an index had failed before this Pod was made for it. */
const FAILURES = 'batch.kubernetes.io/job-index-failure-count'
/** The same for failures that the failure policy ignores. */
const IGNORED = 'batch.kubernetes.io/job-index-ignored-failure-count'

/** Whether each index of a Job has a limit of its own. */
export const isLimitedPerIndex = ({ spec }: Job): boolean => spec?.backoffLimitPerIndex !== undefined

/**
 * Indexes that are given up: those the status names, and those whose Pod failed once too often or as the failure policy says
 * is final. Empty where indexes have no limit of their own. Source: KEP-3850.
 */
export function failedIndexes(job: Job, pods: readonly Pod[]): Set<number> {
  const limit = job.spec?.backoffLimitPerIndex
  const failed = readIndexes(job.status?.failedIndexes, job.spec?.completions)
  if (limit === undefined) return failed
  for (const pod of pods) {
    const index = indexOf(pod)
    if (index === undefined || !hasPlace(job, pod) || !isTracked(pod) || !hasFailed(job, pod)) continue
    const { action } = judge(job, pod)
    if (action === 'FailIndex' || (action !== 'Ignore' && numberIn(pod, FAILURES) >= limit)) failed.add(index)
  }
  return failed
}

/** The Pod with which each index failed last. Those indexes have none that nothing failed for. */
export function lastFailures(job: Job, pods: readonly Pod[]): ReadonlyMap<number, Pod> {
  const last = new Map<number, Pod>()
  for (const pod of pods.filter((each) => hasFailed(job, each))) {
    const index = indexOf(pod)
    if (index === undefined) continue
    const before = last.get(index)
    if (!before || triesOf(before) < triesOf(pod)) last.set(index, pod)
  }
  return last
}

/** Failed Pods that carry the count of their index until another has taken it over: they may not go before. */
export function carriers(job: Job, pods: readonly Pod[], settled: ReadonlySet<number>): ReadonlySet<Pod> {
  const running = new Set(pods.filter(isActive).map(indexOf))
  const kept = [...lastFailures(job, pods)].filter(([index]) => !settled.has(index) && !running.has(index))
  return new Set(kept.map(([, pod]) => pod))
}

/** What the next Pod of an index says about those before it. */
export function failureCounts(job: Job, last: Pod | undefined): Readonly<Record<string, string>> {
  if (!last) return { [FAILURES]: '0' }
  const isIgnored = judge(job, last).action === 'Ignore'
  const ignored = numberIn(last, IGNORED) + (isIgnored ? 1 : 0)
  const failures = numberIn(last, FAILURES) + (isIgnored ? 0 : 1)
  return { [FAILURES]: String(failures), ...(ignored > 0 ? { [IGNORED]: String(ignored) } : {}) }
}

/** How often an index had been tried once this Pod had failed, whatever counted. */
export const triesOf = (pod: Pod): number => numberIn(pod, FAILURES) + numberIn(pod, IGNORED) + 1

const numberIn = ({ metadata }: Pod, annotation: string): number => Number(metadata.annotations?.[annotation] ?? 0) || 0
