import { type Container, type ContainerStatus, type Pod, type PodStatus, qosClass } from '../../api/index.ts'
import { podConditions } from './conditions.ts'
import { containerStatus } from './container-status.ts'
import { podPhase } from './phase.ts'
import { isRunning, type PodState } from '../pod/state.ts'
import { timestamp } from '../time.ts'

export interface StatusContext {
  readonly hostIPs: readonly string[]
  /** Milliseconds. */
  readonly now: number
}

const listed = (addresses: readonly string[]): { ip: string }[] => addresses.map((ip) => ({ ip }))

const isOver = ({ containers }: PodState): boolean => ![...containers.values()].some(isRunning)

/** Of a Pod that the node never let in there is nothing else to say (rejectPod of pkg/kubelet). */
const refusedStatus = (pod: Pod, { failure, seenAt }: PodState): PodStatus => ({
  ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  phase: 'Failed',
  ...(failure && { message: failure.message, reason: failure.reason }),
  startTime: pod.status?.startTime ?? timestamp(seenAt),
  qosClass: pod.status?.qosClass ?? qosClass(pod),
})

/**
 * The Pod's status as the kubelet reports it; pure. What others have written into `pod.status` (conditions of other
 * writers, a phase that is final) stays.
 */
export function podStatus(pod: Pod, state: PodState, { hostIPs, now }: StatusContext): PodStatus {
  if (state.failure && !state.admitted) return refusedStatus(pod, state)
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const initialised = initContainers.length === 0 || containers.some(({ name }) => state.containers.get(name)?.current)
  const report = (container: Container, waiting: string): ContainerStatus => {
    const slot = state.containers.get(container.name)
    return containerStatus(pod, container, { slot, trouble: state.trouble, waiting, now })
  }
  const initStatuses = initContainers.map((container) => report(container, 'PodInitializing'))
  const statuses = containers.map((container) => report(container, initialised ? 'ContainerCreating' : 'PodInitializing'))
  const { failure } = state
  const phase = failure && isOver(state) ? 'Failed' : podPhase(pod, initStatuses, statuses)
  const podIPs = state.sandbox ? listed(state.sandbox.addresses) : (pod.status?.podIPs ?? [])
  const { message, reason } = failure ?? pod.status ?? {}
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions(pod, {
      initStatuses,
      statuses,
      phase,
      hasSandbox: state.sandbox !== undefined,
      disruption: failure?.disrupted ? failure.message : undefined,
      now,
    }),
    ...(message !== undefined && { message }),
    ...(reason !== undefined && { reason }),
    hostIP: hostIPs[0],
    hostIPs: listed(hostIPs),
    ...(podIPs.length > 0 && { podIP: podIPs[0]?.ip, podIPs }),
    startTime: pod.status?.startTime ?? timestamp(state.seenAt),
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: statuses,
    qosClass: pod.status?.qosClass ?? qosClass(pod),
  }
}
