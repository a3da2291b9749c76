import type { Container, ContainerState, ContainerStatus, Pod } from '../../api/index.ts'
import { printDuration, restartAt } from '../pod/back-off.ts'
import { isInit, restartsAfter } from '../pod/restarts.ts'
import { type ContainerSlot, type Run, type Trouble } from '../pod/state.ts'
import { timestamp } from '../time.ts'

export interface ContainerContext {
  readonly slot: ContainerSlot | undefined
  /** What keeps the whole Pod from starting. */
  readonly trouble: Trouble | undefined
  /** The reason to wait while nothing else is known. */
  readonly waiting: string
  /** Milliseconds. */
  readonly now: number
}

/** One container's part of the Pod's status. */
export function containerStatus(pod: Pod, container: Container, context: ContainerContext): ContainerStatus {
  const run = context.slot?.current
  const before = earlierStatus(pod, container.name)
  const state = currentState(pod, container, context)
  const containerID = run ? idOf(run) : before?.containerID
  return {
    name: container.name,
    state,
    lastState: lastState({ state, slot: context.slot, before, now: context.now }),
    ready: isReady(pod, container, run),
    restartCount: run?.attempt ?? before?.restartCount ?? 0,
    image: run?.image.reference ?? container.image ?? '',
    imageID: run?.image.id ?? '',
    ...(containerID !== undefined && { containerID }),
    started: state.running !== undefined && run?.started === true,
    ...mountStatuses(container),
    ...resourceStatus(container),
    ...(run?.image.user && { user: { linux: run.image.user } }),
  }
}

/** What keeps a program from starting, as upstream's runtimes pass it on. */
export const startError = (words: string): string =>
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
  `unable to start container process: error during container init: ${words}`

/** Whatever the program made of it, also when the kernel killed a child of its (containerd's oomExitReason). */
export const OOM_KILLED = 'OOMKilled'

export const idOf = (run: Run): string => `crun://${run.id}`

/** The attempt that follows everything that this node and the API know of. */
export function nextAttempt(pod: Pod, slot: ContainerSlot): number {
  if (slot.current) return slot.current.attempt + 1
  const before = earlierStatus(pod, slot.name)
  return before?.containerID === undefined ? 0 : before.restartCount + 1
}

const earlierStatus = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find((candidate) => candidate.name === name)

function currentState(pod: Pod, container: Container, { slot, trouble, waiting, now }: ContainerContext): ContainerState {
  const run = slot?.current
  if (run?.state.state === 'running' && run.settled) return { running: { startedAt: timestamp(run.state.startedAt) } }
  const why = slot?.trouble ?? trouble
  if (why) return { waiting: { reason: why.reason, ...(why.message !== '' && { message: why.message }) } }
  if (run?.state.state !== 'exited') return { waiting: { reason: waiting } }
  if (!willRestart(pod, container, run) || restartAt(slot?.backOff, run.state.finishedAt) <= now) return ended(run)
  return { waiting: { reason: 'CrashLoopBackOff', message: backOffMessage(pod, container.name, slot?.backOff?.delay ?? 0) } }
}

/** `back-off 10s restarting failed container=kubia pod=kubia_default(4711)` */
const backOffMessage = ({ metadata }: Pod, container: string, delay: number): string =>
  `back-off ${printDuration(delay)} restarting failed container=${container} ` +
  `pod=${metadata.name}_${metadata.namespace}(${metadata.uid})`

/** Whether the run that has ended will be followed by another. */
function willRestart(pod: Pod, container: Container, run: Run): boolean {
  if (pod.metadata.deletionTimestamp !== undefined || run.state.state !== 'exited') return false
  return restartsAfter(pod, container, run.state.exitCode)
}

interface LastStateFacts {
  readonly state: ContainerState
  readonly slot: ContainerSlot | undefined
  readonly before: ContainerStatus | undefined
  readonly now: number
}

/** How the run before the one in `state` ended; the API's memory counts where the node has none. */
function lastState({ state, slot, before, now }: LastStateFacts): ContainerState {
  const run = slot?.current
  if (state.waiting && run?.state.state === 'exited') return ended(run)
  if (slot?.previous) return ended(slot.previous)
  if (run && before?.containerID === idOf(run)) return before.lastState ?? {}
  return lastKnown(before, now)
}

function ended({ state, id, message }: Run): ContainerState {
  if (state.state !== 'exited') return {}
  const times = {
    startedAt: timestamp(state.startedAt ?? 0),
    finishedAt: timestamp(state.finishedAt),
    containerID: `crun://${id}`,
  }
  if (state.startedAt === undefined)
    return { terminated: { exitCode: 128, reason: 'StartError', message: startError(state.error), ...times } }
  const reason = state.memoryKills > 0 ? OOM_KILLED : state.exitCode === 0 ? 'Completed' : 'Error'
  return { terminated: { exitCode: state.exitCode, reason, ...(message !== '' && { message }), ...times } }
}

/** What the API still knows of a container that this node has lost, as after a restart of the machine. */
function lastKnown(before: ContainerStatus | undefined, now: number): ContainerState {
  const { state, lastState: earlier = {}, containerID } = before ?? {}
  if (state?.terminated) return { terminated: state.terminated }
  if (!state?.running) return earlier
  const { startedAt } = state.running
  return { terminated: { exitCode: 255, reason: 'Unknown', startedAt, finishedAt: timestamp(now), containerID } }
}

/** An init container is ready once it has succeeded, any other while it runs and its probes agree. */
function isReady(pod: Pod, container: Container, run: Run | undefined): boolean {
  if (isInit(pod, container)) return run?.state.state === 'exited' && run.state.exitCode === 0
  return run?.state.state === 'running' && run.settled && run.started && run.ready
}

/** What the node gives it: all that it asked for, which isn't changed while it runs. */
const resourceStatus = ({ resources = {} }: Container): Pick<ContainerStatus, 'resources' | 'allocatedResources'> => ({
  resources: {
    ...(resources.limits && { limits: resources.limits }),
    ...(resources.requests && { requests: resources.requests }),
  },
  ...(resources.requests && { allocatedResources: resources.requests }),
})

const mountStatuses = ({ volumeMounts = [] }: Container): Pick<ContainerStatus, 'volumeMounts'> =>
  volumeMounts.length === 0
    ? {}
    : {
        volumeMounts: volumeMounts.map(({ name, mountPath, readOnly, recursiveReadOnly }) => ({
          name,
          mountPath,
          ...(readOnly && {
            readOnly,
            recursiveReadOnly: (recursiveReadOnly ?? 'Disabled') === 'Disabled' ? 'Disabled' : 'Enabled',
          }),
        })),
      }
