import type { Container, Pod } from '../api/index.ts'
import { messageOf } from '../lib/index.ts'
import { ConfigError } from './container/env.ts'
import { type KubeletContext, sourcesOf } from './context.ts'
import { ImageError } from './images.ts'
import type { PodPlan } from './plan.ts'
import { createSandbox } from './sandbox.ts'
import { startContainer } from './start.ts'
import { allContainers, type ContainerSlot, newSlot, type PodState, type Run, type Trouble } from './state.ts'
import { stopRun } from './stop.ts'
import { VolumeError } from './volumes/volume-error.ts'
import { prepareVolumes } from './volumes/mounts.ts'

export interface ApplyHooks {
  /** A run has begun. */
  readonly onStart: (container: Container, run: Run) => void
}

/** How long to wait before trying again what could not be done. Milliseconds. */
const RETRY = 10_000

/** Does what the plan says. What could not be done is written down as trouble, and the next plan waits for its time. */
export async function applyPlan(
  pod: Pod,
  state: PodState,
  { plan, context, hooks }: { plan: PodPlan; context: KubeletContext; hooks: ApplyHooks },
): Promise<void> {
  for (const stop of plan.stop) stopRun(pod, state, { stop, context })
  if (plan.start.length === 0) return
  state.trouble = await setUp(pod, state, { plan, context })
  if (state.trouble) return
  for (const container of allContainers(pod).filter(({ name }) => plan.start.includes(name))) {
    const slot = slotOf(state, container.name)
    try {
      hooks.onStart(container, await startContainer(pod, container, state, context))
    } catch (error) {
      slot.trouble = { ...troubleOf(error, container, slot.trouble), retryAt: context.clock.now() + RETRY }
      explain(pod, container, { error, trouble: slot.trouble, context })
    }
  }
}

/** Everything that the Pod's containers share. */
async function setUp(
  pod: Pod,
  state: PodState,
  { plan, context }: { plan: PodPlan; context: KubeletContext },
): Promise<Trouble | undefined> {
  try {
    if (plan.createSandbox) await createSandbox(pod, state, context)
    await prepareVolumes(pod, context.layout, sourcesOf(context, pod, state.sandbox?.address ?? ''))
    return undefined
  } catch (error) {
    const isVolume = error instanceof VolumeError
    const message = isVolume ? error.message : `Failed to create pod sandbox: ${messageOf(error)}`
    context.recorder.event(pod, 'Warning', isVolume ? error.code : 'FailedCreatePodSandBox', message)
    return { reason: 'ContainerCreating', message: '', retryAt: context.clock.now() + RETRY }
  }
}

export function slotOf(state: PodState, name: string): ContainerSlot {
  const slot = state.containers.get(name) ?? newSlot(name)
  state.containers.set(name, slot)
  return slot
}

/** Why the container waits, in upstream's words; an image that isn't there the second time is waited for. */
function troubleOf(error: unknown, { image }: Container, before: Trouble | undefined): Omit<Trouble, 'retryAt'> {
  const message = messageOf(error)
  if (error instanceof ImageError) {
    if (before === undefined || error.code !== 'ErrImagePull') return { reason: error.code, message }
    return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${message}` }
  }
  return { reason: error instanceof ConfigError ? error.code : 'CreateContainerError', message }
}

function explain(
  pod: Pod,
  { image }: Container,
  { error, trouble, context }: { error: unknown; trouble: Trouble; context: KubeletContext },
): void {
  const { recorder } = context
  if (error instanceof ImageError && trouble.reason === 'ImagePullBackOff') {
    recorder.event(pod, 'Normal', 'BackOff', trouble.message)
    recorder.event(pod, 'Warning', 'Failed', 'Error: ImagePullBackOff')
    return
  }
  if (error instanceof ImageError) {
    recorder.event(pod, 'Normal', 'Pulling', `Pulling image "${image}"`)
    recorder.event(pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${error.message}`)
    recorder.event(pod, 'Warning', 'Failed', `Error: ${error.code}`)
    return
  }
  recorder.event(pod, 'Warning', 'Failed', `Error: ${messageOf(error)}`)
}
