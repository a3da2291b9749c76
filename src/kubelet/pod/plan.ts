import type { Container, Pod } from '../../api/index.ts'
import { restartAt } from './back-off.ts'
import { restartsAfter } from './restarts.ts'
import { isRunning, isSidecar, type PodState } from './state.ts'

/** What to do for one Pod now. Everything empty: nothing until something changes. */
export interface PodPlan {
  /** Give the Pod its namespaces and address, before anything else. */
  readonly createSandbox: boolean
  /** Names of containers to start, in this order. */
  readonly start: readonly string[]
  readonly stop: readonly Stop[]
  /** Nothing of the Pod will run again: namespaces and address can go. */
  readonly tearDown: boolean
  /** When to look again though nothing has changed; milliseconds since the epoch. */
  readonly lookAgainAt: number | undefined
}

export interface Stop {
  readonly container: string
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number
  /** For the Event. */
  readonly message: string
}

const SECOND = 1000
const DEFAULT_GRACE = 30
const NOTHING: PodPlan = { createSandbox: false, start: [], stop: [], tearDown: false, lookAgainAt: undefined }

/** Pure: `pod` is what should be, `state` what is, `now` in milliseconds since the epoch. */
export function planPod(pod: Pod, state: PodState, now: number): PodPlan {
  if (isEnding(pod, state)) return planEnd(pod, state)
  const { start, lookAgainAt } = planStarts(pod, state, now)
  const stop = planRestarts(pod, state)
  return { ...NOTHING, createSandbox: state.sandbox === undefined && start.length > 0, start, stop, lookAgainAt }
}

/** Whether nothing of the Pod should run any more. */
const isEnding = (pod: Pod, state: PodState): boolean =>
  pod.metadata.deletionTimestamp !== undefined || state.failure !== undefined || isTerminal(pod) || isFinished(pod, state)

/** A Pod that has reached its last phase is never run again, whoever wrote that phase. */
export const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Whether every container has ended for good, or an init container has failed for good. */
export function isFinished(pod: Pod, state: PodState): boolean {
  const over = (container: Container): boolean => {
    const slot = state.containers.get(container.name)
    const ended = slot?.current?.state
    return ended?.state === 'exited' && !restartsAfter(pod, container, ended.exitCode)
  }
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  if (initContainers.some((container) => !isSidecar(container) && over(container) && exitCode(state, container) !== 0))
    return true
  return containers.length > 0 && containers.every(over)
}

const exitCode = (state: PodState, container: Container): number | undefined => {
  const current = state.containers.get(container.name)?.current?.state
  return current?.state === 'exited' ? current.exitCode : undefined
}

/** The containers that are due, and when the next one that waits for its back-off will be. */
function planStarts(pod: Pod, state: PodState, now: number): Pick<PodPlan, 'start' | 'lookAgainAt'> {
  const start: string[] = []
  let lookAgainAt: number | undefined
  const consider = (container: Container): void => {
    const slot = state.containers.get(container.name)
    if (isRunning(slot)) return
    const ended = slot?.current?.state
    if (ended?.state === 'exited' && !restartsAfter(pod, container, ended.exitCode)) return
    const backOff = ended?.state === 'exited' ? restartAt(slot?.backOff, ended.finishedAt) : now
    const due = Math.max(backOff, slot?.trouble?.retryAt ?? now, state.trouble?.retryAt ?? now)
    if (due <= now) start.push(container.name)
    else lookAgainAt = Math.min(lookAgainAt ?? due, due)
  }
  const { initContainers = [], containers = [] } = pod.spec ?? {}
  const initialised = containers.some(({ name }) => state.containers.get(name)?.current !== undefined)
  for (const container of initContainers) {
    const slot = state.containers.get(container.name)
    if (isSidecar(container)) {
      consider(container)
      if (!initialised && !(isRunning(slot) && slot?.current?.started && slot.current.settled)) return { start, lookAgainAt }
      continue
    }
    if (initialised || exitCode(state, container) === 0) continue
    consider(container)
    return { start, lookAgainAt }
  }
  for (const container of containers) {
    const slot = state.containers.get(container.name)
    consider(container)
    // A postStart hook is over before the next container starts.
    if (slot?.current && isRunning(slot) && !slot.current.settled) return { start, lookAgainAt }
  }
  return { start, lookAgainAt }
}

/**
 * Containers that a probe or their own postStart hook has given up on, or whose image is now another. Whether they come back is the
 * next plan's business.
 */
function planRestarts(pod: Pod, state: PodState): Stop[] {
  return [...planReplacements(pod, state), ...planUnhealthy(pod, state)]
}

/** An image is all that may change of a container that runs. One that would not be started again is left as it is. */
function planReplacements(pod: Pod, state: PodState): Stop[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter(isSidecar)]
  return containers.flatMap((container) => {
    const slot = state.containers.get(container.name)
    const asked = slot?.current?.image.asked
    const stays = asked === undefined || asked === container.image || !restartsAfter(pod, container, 0)
    if (stays || !isRunning(slot) || slot?.current?.unhealthy) return []
    const message = `Container ${container.name} definition changed, will be restarted`
    return [{ container: container.name, grace: specGrace(pod) * SECOND, message }]
  })
}

function planUnhealthy(pod: Pod, state: PodState): Stop[] {
  return [...state.containers.values()].flatMap((slot) => {
    const unhealthy = slot.current?.unhealthy
    if (!unhealthy || !isRunning(slot)) return []
    const grace = unhealthy.probe?.terminationGracePeriodSeconds ?? specGrace(pod)
    return [{ container: slot.name, grace: grace * SECOND, message: unhealthy.message }]
  })
}

/** A negative one, which earlier versions of the API let in, is the shortest there is. */
const specGrace = ({ spec }: Pod): number => {
  const { terminationGracePeriodSeconds: seconds = DEFAULT_GRACE } = spec ?? {}
  return seconds < 0 ? 1 : seconds
}

/** Regular containers go first; sidecars follow in the reverse order of their start (KEP-753). */
function planEnd(pod: Pod, state: PodState): PodPlan {
  const grace = (state.failure?.grace ?? pod.metadata.deletionGracePeriodSeconds ?? specGrace(pod)) * SECOND
  const running = [...state.containers.values()].filter(isRunning)
  const sidecars = (pod.spec?.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const regular = running.filter(({ name }) => !sidecars.includes(name))
  const last = sidecars.findLast((name) => running.some((slot) => slot.name === name))
  const due = regular.length > 0 || last === undefined ? regular.map(({ name }) => name) : [last]
  const stop = due.map((container) => ({ container, grace, message: `Stopping container ${container}` }))
  return { ...NOTHING, stop, tearDown: running.length === 0 }
}
