import type { Deployment, ReplicaSet } from '../../api/index.ts'

export type Annotations = Readonly<Record<string, string>>

const PREFIX = 'deployment.kubernetes.io/'
export const REVISION = `${PREFIX}revision`
/** Revisions that a ReplicaSet had before it came back. */
const HISTORY = `${PREFIX}revision-history`
/** Characters: the oldest are forgotten. */
const LONGEST_HISTORY = 2000

/** What a ReplicaSet has of its own, or has no use for. Source: deploymentutil annotationsToSkip. */
const NOT_PASSED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  HISTORY,
  `${PREFIX}desired-replicas`,
  `${PREFIX}max-replicas`,
  'deprecated.deployment.rollback.to',
])

/** Revisions may be larger than numbers can say. 0 for a ReplicaSet without one. */
export function revisionOf({ metadata }: ReplicaSet | Deployment): bigint {
  const text = metadata.annotations?.[REVISION] ?? ''
  return /^\d+$/.test(text) ? BigInt(text) : 0n
}

export const byRevision = (sets: readonly ReplicaSet[]): ReplicaSet[] =>
  [...sets].sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1))

/**
 * The annotations that the ReplicaSet of the current template must get: the Deployment's own, and the highest revision; of one
 * that comes back also the revision that it had. Undefined when it has them all. Source: deploymentutil SetNewReplicaSetAnnotations.
 */
export function changedAnnotations(
  deployment: Deployment,
  fresh: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Annotations | undefined {
  const has = fresh?.metadata.annotations ?? {}
  const passed = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_PASSED.has(key))
  const highest = old.map(revisionOf).reduce((max, each) => (each > max ? each : max), 0n) + 1n
  const wanted: [string, string][] = [...passed]
  if (!fresh || revisionOf(fresh) < highest) {
    wanted.push([REVISION, String(highest)])
    if (has[REVISION]) wanted.push([HISTORY, historyOf(has)])
  }
  const changed = wanted.filter(([key, value]) => has[key] !== value)
  return changed.length > 0 ? Object.fromEntries(changed) : undefined
}

function historyOf({ [HISTORY]: before = '', [REVISION]: last = '' }: Annotations): string {
  const revisions = [...before.split(',').filter(Boolean), last]
  while (revisions.length > 1 && revisions.join(',').length > LONGEST_HISTORY) revisions.shift()
  return revisions.join(',')
}
