import type { Container, Pod } from '../../api/index.ts'
import { ImageError } from '../../images/index.ts'
import { messageOf } from '../../lib/index.ts'
import { ConfigError } from '../container/env.ts'
import { type KubeletContext, sourcesOf } from '../context.ts'
import { aboutContainer } from '../events.ts'
import type { PodPlan } from './plan.ts'
import { explainImage } from '../images/pull.ts'
import { noteRefresh } from '../volumes/refresh.ts'
import { createSandbox } from '../sandbox/sandbox.ts'
import { startContainer } from '../runs/start.ts'
import { allContainers, type ContainerSlot, newSlot, type PodState, type Run, type Trouble } from './state.ts'
import { stopRun } from '../runs/stop.ts'
import { VolumeError } from '../volumes/volume-error.ts'
import { prepareVolumes } from '../volumes/mounts.ts'

export interface ApplyHooks {
  /** A run has begun. */
  readonly onStart: (container: Container, run: Run) => void
  /** An image is fetched, which may take its time. */
  readonly onPull: () => void
}

/** How long to wait before trying again what could not be done. Milliseconds. */
const RETRY = 10_000
/** A ConfigMap or a Secret that is missing is often made a moment later. */
const RETRY_CONFIG = 3_000
/** An image that can't be pulled is soon said to be waited for, as upstream's next look at the Pod would say. */
const RETRY_PULL = 1000

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
      const run = await startContainer(pod, container, { state, context, onPull: hooks.onPull })
      hooks.onStart(container, run)
      // Its postStart hook is over before the next one starts.
      if (!run.settled) return
    } catch (error) {
      slot.trouble = troubleOf(error, context.clock.now())
      explain(pod, container, error, context)
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
    const { layout, kernel, clock } = context
    const sources = sourcesOf(context, pod, { podIPs: state.sandbox?.addresses ?? [], tokens: state.tokens })
    await prepareVolumes(pod, { layout, mounts: kernel.mounts, sources })
    noteRefresh(pod, state, clock.now())
    return undefined
  } catch (error) {
    const isVolume = error instanceof VolumeError
    const message = isVolume ? error.message : `Failed to create pod sandbox: ${messageOf(error)}`
    context.recorder.event(pod, 'Warning', isVolume ? error.code : 'FailedCreatePodSandBox', message)
    return { reason: 'ContainerCreating', message: '', retryAt: context.clock.now() + (isVolume ? RETRY_CONFIG : RETRY) }
  }
}

export function slotOf(state: PodState, name: string): ContainerSlot {
  const slot = state.containers.get(name) ?? newSlot(name)
  state.containers.set(name, slot)
  return slot
}

/** Why the container waits, in upstream's words. An image may also have been loaded meanwhile, so that is looked at often. */
function troubleOf(error: unknown, now: number): Trouble {
  const message = messageOf(error)
  const hasReason = error instanceof ImageError || error instanceof ConfigError
  const reason = hasReason ? error.code : 'CreateContainerError'
  const wait = { ErrImagePull: RETRY_PULL, CreateContainerConfigError: RETRY_CONFIG }[reason] ?? RETRY
  return { reason, message, retryAt: now + wait }
}

function explain(pod: Pod, container: Container, error: unknown, context: KubeletContext): void {
  if (error instanceof ImageError && error.code !== 'CreateContainerError') explainImage(pod, container, error, context)
  else context.recorder.event(aboutContainer(pod, container), 'Warning', 'Failed', `Error: ${messageOf(error)}`)
}
