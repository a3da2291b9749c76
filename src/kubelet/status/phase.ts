import type { ContainerStatus, Pod } from '../../api/index.ts'
import { restartsAfter } from '../pod/restarts.ts'
import { isSidecar } from '../pod/state.ts'

/** The Pod's phase from its containers' (kubelet_pods.go, getPhase). A final phase stays. */
export function podPhase(pod: Pod, initStatuses: readonly ContainerStatus[], statuses: readonly ContainerStatus[]): string {
  const before = pod.status?.phase
  if (before === 'Succeeded' || before === 'Failed') return before
  const started = statuses.some(hasRun)
  if (!started) {
    if (initStatuses.some((status, index) => isOver(pod, index, status))) return 'Failed'
    if (!initStatuses.every((status, index) => isInitialised(pod, index, status))) return 'Pending'
  }
  const running = statuses.filter(({ state }) => state?.running).length
  const ended = statuses.filter(({ state, lastState }) => state?.terminated ?? (state?.waiting && lastState?.terminated))
  if (statuses.length === 0 || running + ended.length < statuses.length) return 'Pending'
  if (running > 0) return 'Running'
  const succeeded = statuses.every(({ state }) => state?.terminated?.exitCode === 0)
  if (pod.metadata.deletionTimestamp !== undefined) return succeeded ? 'Succeeded' : 'Failed'
  if (statuses.some((status, index) => willRestart(pod, index, status))) return 'Running'
  return succeeded ? 'Succeeded' : 'Failed'
}

function willRestart(pod: Pod, index: number, { state, lastState }: ContainerStatus): boolean {
  const container = pod.spec?.containers[index]
  const { exitCode } = state?.terminated ?? lastState?.terminated ?? {}
  return container !== undefined && exitCode !== undefined && restartsAfter(pod, container, exitCode)
}

/** Whether the container runs or has ever run. */
export const hasRun = ({ state, lastState }: ContainerStatus): boolean =>
  (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined

/** Whether an init container has failed for good. */
function isOver(pod: Pod, index: number, { state }: ContainerStatus): boolean {
  const container = pod.spec?.initContainers?.[index]
  const { exitCode = 0 } = state?.terminated ?? {}
  return container !== undefined && !isSidecar(container) && exitCode !== 0 && !restartsAfter(pod, container, exitCode)
}

function isInitialised(pod: Pod, index: number, status: ContainerStatus): boolean {
  const container = pod.spec?.initContainers?.[index]
  return container !== undefined && isSidecar(container) ? status.started === true : status.state?.terminated?.exitCode === 0
}
