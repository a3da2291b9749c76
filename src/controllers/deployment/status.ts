import { millisOf, timestamp } from '../../lib/index.ts'
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/index.ts'
import { fenceposts } from './rolling.ts'

export interface StatusOptions {
  readonly deployment: Deployment
  readonly fresh: ReplicaSet | undefined
  readonly all: readonly ReplicaSet[]
  /** Milliseconds. */
  readonly now: number
}

/** What a Deployment's status should say. Source: pkg/controller/deployment/sync.go calculateStatus, progress.go. */
export function deploymentStatus({ deployment, fresh, all, now }: StatusOptions): DeploymentStatus {
  const total = (of: (set: ReplicaSet) => number | undefined): number => all.reduce((sum, set) => sum + (of(set) ?? 0), 0)
  const available = total((set) => set.status?.availableReplicas)
  const wanted = deployment.spec?.replicas ?? 1
  const counts = {
    replicas: total((set) => set.status?.replicas),
    updatedReplicas: fresh?.status?.replicas ?? 0,
    readyReplicas: total((set) => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total((set) => set.spec?.replicas) - available),
  }
  const nonZero = Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0))
  const conditions = [
    replicaFailure(fresh, all),
    availability(deployment, available, now),
    progress({ deployment, fresh, all, now }, counts, wanted),
  ]
  // Told only when every ReplicaSet tells it, as upstream.
  const tells = all.every((set) => set.status?.terminatingReplicas !== undefined)
  return {
    observedGeneration: deployment.metadata.generation,
    ...nonZero,
    ...(tells ? { terminatingReplicas: total((set) => set.status?.terminatingReplicas) } : {}),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions: conditions.filter((condition) => condition !== undefined),
  }
}

/** Seconds: so many mean that nobody cares how long it takes. */
const NO_DEADLINE = 2 ** 31 - 1

type Draft = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

/** The condition as it is, when it says the same; otherwise with the times of this change. */
function renewed(deployment: Deployment, draft: Draft, now: number): DeploymentCondition {
  const before = deployment.status?.conditions?.find((condition) => condition.type === draft.type)
  if (before?.status === draft.status && before.reason === draft.reason && before.message === draft.message) return before
  const time = timestamp(now)
  return {
    ...draft,
    lastUpdateTime: time,
    lastTransitionTime: before?.status === draft.status ? before.lastTransitionTime : time,
  }
}

function availability(deployment: Deployment, available: number, now: number): DeploymentCondition {
  const enough = available >= (deployment.spec?.replicas ?? 1) - fenceposts(deployment).maxUnavailable
  const draft: Draft = enough
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      }
  return renewed(deployment, draft, now)
}

/** Why a ReplicaSet's Pods can't be made, the newest's first. */
function replicaFailure(fresh: ReplicaSet | undefined, all: readonly ReplicaSet[]): DeploymentCondition | undefined {
  const failures = [...(fresh ? [fresh] : []), ...all].flatMap(({ status }) => status?.conditions ?? [])
  const failure = failures.find(({ type }) => type === 'ReplicaFailure')
  return failure && { ...failure, lastUpdateTime: failure.lastTransitionTime }
}

interface Numbers {
  readonly replicas: number
  readonly updatedReplicas: number
  readonly availableReplicas: number
  readonly readyReplicas: number
}

function progress({ deployment, fresh, now }: StatusOptions, counts: Numbers, wanted: number): DeploymentCondition | undefined {
  const before = deployment.status?.conditions?.find((condition) => condition.type === 'Progressing')
  const { paused, progressDeadlineSeconds = 600 } = deployment.spec ?? {}
  if (progressDeadlineSeconds >= NO_DEADLINE) return undefined
  const isTold = before?.reason === 'DeploymentPaused'
  if (paused && (isTold || before?.reason === 'ProgressDeadlineExceeded')) return before
  const waits = (reason: string, message: string): Draft => ({ type: 'Progressing', status: 'Unknown', reason, message })
  if (paused) return renewed(deployment, waits('DeploymentPaused', 'Deployment is paused'), now)
  if (isTold) return renewed(deployment, waits('DeploymentResumed', 'Deployment is resumed'), now)
  const name = fresh?.metadata.name
  const complete = counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas >= wanted
  if (complete && name) {
    const message = `ReplicaSet "${name}" has successfully progressed.`
    return renewed(deployment, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message }, now)
  }
  if (moved(deployment, counts)) {
    const message = name ? `ReplicaSet "${name}" is progressing.` : `Deployment "${deployment.metadata.name}" is progressing.`
    const draft: Draft = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message }
    return { ...renewed(deployment, draft, now), lastUpdateTime: timestamp(now) }
  }
  if (before && before.status === 'True' && deadlineIn(deployment, now) <= 0) {
    const message = `ReplicaSet "${name}" has timed out progressing.`
    return renewed(deployment, { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message }, now)
  }
  return before
}

/** Whether there are more updated, ready or available, or fewer old Pods than the status says, or it says nothing yet. */
function moved({ status }: Deployment, counts: Numbers): boolean {
  const old = { replicas: status?.replicas ?? 0, updated: status?.updatedReplicas ?? 0 }
  return (
    !status?.conditions?.some((condition) => condition.type === 'Progressing') ||
    counts.updatedReplicas > old.updated ||
    counts.replicas - counts.updatedReplicas < old.replicas - old.updated ||
    counts.readyReplicas > (status.readyReplicas ?? 0) ||
    counts.availableReplicas > (status.availableReplicas ?? 0)
  )
}

/** Milliseconds until a Deployment that doesn't move counts as stuck; Infinity when it is not expected to move. */
export function deadlineIn(deployment: Deployment, now: number): number {
  const condition = deployment.status?.conditions?.find((candidate) => candidate.type === 'Progressing')
  const seconds = deployment.spec?.progressDeadlineSeconds ?? 600
  if (
    !condition?.lastUpdateTime ||
    condition.reason === 'NewReplicaSetAvailable' ||
    condition.status !== 'True' ||
    seconds >= NO_DEADLINE
  )
    return Infinity
  return millisOf(condition.lastUpdateTime) + seconds * 1000 - now
}
