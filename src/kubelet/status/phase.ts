import type { ContainerStatus, Pod } from '../../api/index.ts'
import { isSidecar } from '../pod/state.ts'

/** The Pod's phase from its containers' (kubelet_pods.go, getPhase). A final phase stays. */
export function podPhase(pod: Pod, initStatuses: readonly ContainerStatus[], statuses: readonly ContainerStatus[]): string {
  const before = pod.status?.phase
  if (before === 'Succeeded' || before === 'Failed') return before
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const started = statuses.some(hasRun)
  if (!started) {
    const failed = initStatuses.some((status) => (status.state?.terminated?.exitCode ?? 0) !== 0)
    if (failed && policy === 'Never') return 'Failed'
    if (!initStatuses.every((status, index) => isInitialised(pod, index, status))) return 'Pending'
  }
  const running = statuses.filter(({ state }) => state?.running).length
  const ended = statuses.filter(({ state, lastState }) => state?.terminated ?? (state?.waiting && lastState?.terminated))
  if (statuses.length === 0 || running + ended.length < statuses.length) return 'Pending'
  if (running > 0) return 'Running'
  const succeeded = statuses.every(({ state }) => state?.terminated?.exitCode === 0)
  if (pod.metadata.deletionTimestamp !== undefined) return succeeded ? 'Succeeded' : 'Failed'
  if (policy === 'Always') return 'Running'
  if (succeeded) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

/** Whether the container runs or has ever run. */
export const hasRun = ({ state, lastState }: ContainerStatus): boolean =>
  (state?.running ?? state?.terminated ?? lastState?.terminated) !== undefined

function isInitialised(pod: Pod, index: number, status: ContainerStatus): boolean {
  const container = pod.spec?.initContainers?.[index]
  return container !== undefined && isSidecar(container) ? status.started === true : status.state?.terminated?.exitCode === 0
}
