import type { ContainerStatus, Pod, PodCondition } from '../../api/index.ts'
import { hasRun } from './phase.ts'
import { isSidecar } from '../pod/state.ts'
import { timestamp } from '../time.ts'

export interface ConditionFacts {
  readonly initStatuses: readonly ContainerStatus[]
  readonly statuses: readonly ContainerStatus[]
  readonly phase: string
  readonly hasSandbox: boolean
  /** Why the node ends the Pod for the node's sake; undefined when it doesn't. */
  readonly disruption: string | undefined
  /** Milliseconds. */
  readonly now: number
}

type Finding = Pick<PodCondition, 'status' | 'reason' | 'message'>

const TRUE: Finding = { status: 'True' }

/** Also written by whoever else disturbs a Pod; here when the node does. */
const DISRUPTION = 'DisruptionTarget'
const BY_KUBELET = 'TerminationByKubelet'
const OWN = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']

/** Whether the kubelet answers for a condition; everybody else writes others. */
export const isOwnCondition = ({ type, reason }: PodCondition): boolean =>
  OWN.includes(type) || (type === DISRUPTION && reason === BY_KUBELET)

/** The five conditions a kubelet answers for, then those of others as they are (pkg/kubelet/status/generate.go). */
export function podConditions(pod: Pod, facts: ConditionFacts): PodCondition[] {
  const containersReady = findContainersReady(pod, facts)
  const findings: Record<string, Finding> = {
    PodReadyToStartContainers: facts.hasSandbox ? TRUE : { status: 'False' },
    Initialized: findInitialized(pod, facts),
    Ready: containersReady.status === 'True' ? findGates(pod) : containersReady,
    ContainersReady: containersReady,
    PodScheduled: TRUE,
    ...(facts.disruption !== undefined && {
      [DISRUPTION]: { status: 'True', reason: BY_KUBELET, message: facts.disruption },
    }),
  }
  const old = pod.status?.conditions ?? []
  const own = Object.entries(findings).map(([type, finding]) => condition(pod, { type, finding, now: facts.now }))
  return [...own, ...old.filter(({ type }) => findings[type] === undefined)]
}

function condition(pod: Pod, { type, finding, now }: { type: string; finding: Finding; now: number }): PodCondition {
  const before = pod.status?.conditions?.find((candidate) => candidate.type === type)
  const { status, reason, message } = finding
  const same = before?.status === status && before.lastTransitionTime !== undefined
  return {
    type,
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    status,
    lastTransitionTime: same ? before.lastTransitionTime : timestamp(now),
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  }
}

function findContainersReady(pod: Pod, { initStatuses, statuses, phase }: ConditionFacts): Finding {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const counted = [...initStatuses.filter(({ name }) => sidecars.includes(name)), ...statuses]
  const unready = counted.filter(({ ready }) => !ready).map(({ name }) => name)
  if (unready.length === 0) return TRUE
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
}

function findInitialized(pod: Pod, { initStatuses, statuses, phase }: ConditionFacts): Finding {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  if (statuses.some(hasRun)) return TRUE
  const incomplete = initStatuses.filter((status, index) => {
    const container = pod.spec?.initContainers?.[index]
    return container && isSidecar(container) ? !status.started : !status.ready
  })
  if (incomplete.length === 0) return TRUE
  const names = incomplete.map(({ name }) => name).join(' ')
  return { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${names}]` }
}

/** What other controllers have to say before the Pod counts as ready (KEP-580). */
function findGates(pod: Pod): Finding {
  const complaints = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const found = pod.status?.conditions?.find(({ type }) => type === conditionType)
    if (!found) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
    if (found.status === 'True') return []
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`]
  })
  if (complaints.length === 0) return TRUE
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: complaints.join(', ') }
}
