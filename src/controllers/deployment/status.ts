import { millisOf, timestamp } from '../../lib/index.ts'
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/index.ts'
import { fenceposts } from './rolling.ts'

export interface StatusOptions {
  readonly deployment: Deployment
  readonly fresh: ReplicaSet | undefined
  readonly all: readonly ReplicaSet[]
  /** What became of a ReplicaSet that had to be made just now; undefined when none had to. */
  readonly creation?: Creation
  /** Milliseconds. */
  readonly now: number
}

export interface Creation {
  readonly name: string
  /** Why it could not be made; undefined when it was. */
  readonly failure?: string
}

/** What a Deployment's status should say. Source: pkg/controller/deployment/sync.go calculateStatus, progress.go. */
export function deploymentStatus(options: StatusOptions): DeploymentStatus {
  const { deployment, fresh, all, now } = options
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
    progress(options, counts, wanted),
  ].filter((condition) => condition !== undefined)
  const others = (deployment.status?.conditions ?? []).filter(({ type }) => !OURS.includes(type))
  // Told only when every ReplicaSet tells it, as upstream.
  const tells = all.every((set) => set.status?.terminatingReplicas !== undefined)
  return {
    observedGeneration: deployment.metadata.generation,
    ...nonZero,
    ...(tells ? { terminatingReplicas: total((set) => set.status?.terminatingReplicas) } : {}),
    ...(deployment.status?.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
    conditions: [...others, ...conditions],
  }
}

/** Conditions of other types are somebody else's, and stay. */
const OURS = ['Available', 'Progressing', 'ReplicaFailure']

/** Seconds: so many mean that nobody cares how long it takes. */
const NO_DEADLINE = 2 ** 31 - 1

type Draft = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>

/** The condition as it is, when it says the same; otherwise with the times of this change. */
function renewed(deployment: Deployment, draft: Draft, now: number): DeploymentCondition {
  const before = deployment.status?.conditions?.find((condition) => condition.type === draft.type)
  if (before?.status === draft.status && before.reason === draft.reason) return before
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

function progress(
  { deployment, fresh, creation, now }: StatusOptions,
  counts: Numbers,
  wanted: number,
): DeploymentCondition | undefined {
  const { paused, progressDeadlineSeconds = 600 } = deployment.spec ?? {}
  if (progressDeadlineSeconds >= NO_DEADLINE) return undefined
  const before = pausing(deployment, now)
  if (paused) return before
  const started = creation ? renewed(deployment, sayCreated(creation), now) : (before ?? found(deployment, fresh, now))
  if (creation?.failure !== undefined) return started
  const isOver = started?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas
  if (isOver) return started
  const what = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`
  const says = (status: string, reason: string, message: string): Draft => ({ type: 'Progressing', status, reason, message })
  if (counts.updatedReplicas === wanted && counts.replicas === wanted && counts.availableReplicas === wanted)
    return renewed(deployment, says('True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`), now)
  if (moved(deployment, counts)) {
    const draft = says('True', 'ReplicaSetUpdated', `${what} is progressing.`)
    return { ...renewed(deployment, draft, now), lastUpdateTime: timestamp(now) }
  }
  if (started && deadlineOf(deployment, started, now) <= 0)
    return renewed(deployment, says('False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`), now)
  return started
}

/** The condition as it was, or that the Deployment is paused or goes on: time doesn't run meanwhile. That it is stuck stays said. */
function pausing(deployment: Deployment, now: number): DeploymentCondition | undefined {
  const before = deployment.status?.conditions?.find(({ type }) => type === 'Progressing')
  const isTold = before?.reason === 'DeploymentPaused'
  if (before?.reason === 'ProgressDeadlineExceeded' || isTold === Boolean(deployment.spec?.paused)) return before
  const [reason, message] = isTold ? ['DeploymentResumed', 'Deployment is resumed'] : ['DeploymentPaused', 'Deployment is paused']
  return renewed(deployment, { type: 'Progressing', status: 'Unknown', reason, message }, now)
}

function sayCreated({ name, failure }: Creation): Draft {
  if (failure === undefined)
    return { type: 'Progressing', status: 'True', reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` }
  const message = `Failed to create new replica set "${name}": ${failure}`
  return { type: 'Progressing', status: 'False', reason: 'ReplicaSetCreateError', message }
}

/** Of a ReplicaSet that was there already. */
function found(deployment: Deployment, fresh: ReplicaSet | undefined, now: number): DeploymentCondition | undefined {
  const message = `Found new replica set "${fresh?.metadata.name}"`
  const draft: Draft = { type: 'Progressing', status: 'True', reason: 'FoundNewReplicaSet', message }
  return fresh && renewed(deployment, draft, now)
}

/** Whether there are more updated, ready or available, or fewer old Pods than the status says. */
function moved({ status }: Deployment, counts: Numbers): boolean {
  const old = { replicas: status?.replicas ?? 0, updated: status?.updatedReplicas ?? 0 }
  return (
    counts.updatedReplicas > old.updated ||
    counts.replicas - counts.updatedReplicas < old.replicas - old.updated ||
    counts.readyReplicas > (status?.readyReplicas ?? 0) ||
    counts.availableReplicas > (status?.availableReplicas ?? 0)
  )
}

/** Milliseconds until a Deployment that doesn't move counts as stuck; Infinity when it is not expected to move. */
export function deadlineIn(deployment: Deployment, now: number): number {
  const condition = deployment.status?.conditions?.find((candidate) => candidate.type === 'Progressing')
  return condition && !deployment.spec?.paused ? deadlineOf(deployment, condition, now) : Infinity
}

/** From when there was progress last, a ReplicaSet was made, or the Deployment went on. */
function deadlineOf({ spec }: Deployment, { reason = '', lastUpdateTime }: DeploymentCondition, now: number): number {
  const seconds = spec?.progressDeadlineSeconds ?? 600
  const isSettled = ['NewReplicaSetAvailable', 'ProgressDeadlineExceeded'].includes(reason)
  return isSettled || lastUpdateTime === undefined || seconds >= NO_DEADLINE
    ? Infinity
    : millisOf(lastUpdateTime) + seconds * 1000 - now
}
