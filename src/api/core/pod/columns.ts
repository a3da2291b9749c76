import type { ContainerStatus, Pod } from '../../generated/types.gen.ts'
import type { Column } from '../../kind.ts'
import { age, text, wide } from '../../printing/columns.ts'
import { since } from '../../printing/duration.ts'

/** As upstream's `printPod`. */
export const podColumns: readonly Column<Pod>[] = [
  text('Ready', 'How many of the containers are ready.', (pod) => readyCount(pod)),
  text('Status', 'What the containers are doing, taken together.', (pod) => summary(pod).reason),
  text('Restarts', 'How often the containers were restarted.', restarts),
  age,
  wide('IP', 'The address of the Pod.', (pod) => pod.status?.podIPs?.[0]?.ip || '<none>'),
  wide('Node', 'The node that runs the Pod.', (pod) => pod.spec?.nodeName || '<none>'),
  wide('Nominated Node', 'The node that makes room for the Pod.', (pod) => pod.status?.nominatedNodeName || '<none>'),
  wide('Readiness Gates', 'How many of the readiness gates are open.', readinessGates),
]

interface Summary {
  readonly reason: string
  readonly ready: number
  readonly restarts: number
  /** When the last restarted container had ended; empty when none did. */
  readonly lastRestart: string
}

const isSidecar = (pod: Pod, name: string): boolean =>
  pod.spec?.initContainers?.some((container) => container.name === name && container.restartPolicy === 'Always') ?? false

const isTrue = (pod: Pod, type: string): boolean =>
  pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false

function summary(pod: Pod): Summary {
  const init = summariseInit(pod)
  if (init.waiting && !isTrue(pod, 'Initialized')) return { ...init, reason: ended(pod, init.reason) }
  const main = summariseContainers(pod, init)
  return { ...main, reason: ended(pod, main.reason) }
}

/** A Pod on its way out says so, whatever its containers do. */
function ended(pod: Pod, reason: string): string {
  if (!pod.metadata.deletionTimestamp) return reason
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
  return over ? reason : 'Terminating'
}

function startingReason(pod: Pod): string {
  const gated = pod.status?.conditions?.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated')
  return gated ? 'SchedulingGated' : pod.status?.reason || pod.status?.phase || ''
}

interface InitSummary extends Summary {
  /** An init container still has to finish. */
  readonly waiting: boolean
  readonly sidecarRestarts: number
  readonly sidecarLastRestart: string
}

function summariseInit(pod: Pod): InitSummary {
  let found: InitSummary = {
    reason: startingReason(pod),
    ready: 0,
    restarts: 0,
    lastRestart: '',
    waiting: false,
    sidecarRestarts: 0,
    sidecarLastRestart: '',
  }
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isSidecar(pod, status.name)
    found = { ...found, restarts: found.restarts + status.restartCount, lastRestart: later(found.lastRestart, status) }
    if (sidecar) {
      const sidecarRestarts = found.sidecarRestarts + status.restartCount
      found = { ...found, sidecarRestarts, sidecarLastRestart: later(found.sidecarLastRestart, status) }
    }
    if (status.state?.terminated?.exitCode === 0) continue
    if (sidecar && status.started) {
      found = { ...found, ready: found.ready + (status.ready ? 1 : 0) }
      continue
    }
    return { ...found, waiting: true, reason: initReason(status, `${index}/${pod.spec?.initContainers?.length ?? 0}`) }
  }
  return found
}

function initReason(status: ContainerStatus, progress: string): string {
  const { terminated, waiting } = status.state ?? {}
  if (terminated) return `Init:${terminated.reason || exit(terminated)}`
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
  return `Init:${progress}`
}

const exit = (terminated: { readonly exitCode: number; readonly signal?: number }): string =>
  terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`

function summariseContainers(pod: Pod, init: InitSummary): Summary {
  let { reason, ready } = init
  let count = init.sidecarRestarts
  let lastRestart = init.sidecarLastRestart
  let running = false
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    const { waiting, terminated } = status.state ?? {}
    count += status.restartCount
    lastRestart = later(lastRestart, status)
    if (waiting?.reason) reason = waiting.reason
    else if (terminated) reason = terminated.reason || exit(terminated)
    else if (status.ready && status.state?.running) {
      running = true
      ready++
    }
  }
  if (reason === 'Completed' && running) reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady'
  return { reason, ready, restarts: count, lastRestart }
}

function later(known: string, status: ContainerStatus): string {
  const finished = status.lastState?.terminated?.finishedAt ?? ''
  return finished > known ? finished : known
}

function readyCount(pod: Pod): string {
  const sidecars = pod.spec?.initContainers?.filter((container) => container.restartPolicy === 'Always').length ?? 0
  return `${summary(pod).ready}/${(pod.spec?.containers.length ?? 0) + sidecars}`
}

function restarts(pod: Pod, now: number): string {
  const { restarts: count, lastRestart } = summary(pod)
  return count > 0 && lastRestart !== '' ? `${count} (${since(lastRestart, now)} ago)` : String(count)
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  return `${gates.filter((gate) => isTrue(pod, gate.conditionType)).length}/${gates.length}`
}
