import type { Container, LifecycleHandler, Pod } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { aboutContainer } from '../events.ts'
import { runHook } from '../probes/handler.ts'
import type { Run } from '../pod/state.ts'

export interface PostStart {
  readonly run: Run
  /** The Pod's. */
  readonly address: string
  readonly context: KubeletContext
  /** Called once it is known how the hook ended. */
  readonly changed: () => void
}

/**
 * Runs a container's postStart hook beside its program. Until it has ended the container doesn't count as started, and what
 * comes after it waits; one that fails ends the container. `signal` aborts when the run is over.
 */
export async function runPostStart(
  pod: Pod,
  container: Container,
  { run, address, context, changed }: PostStart,
  signal: AbortSignal,
): Promise<void> {
  const hook = container.lifecycle?.postStart
  if (!hook || run.settled) return
  const outcome = await done(hook, { run, address, container, context }, signal)
  if (signal.aborted) return
  run.settled = true
  if (!outcome.ok) {
    context.recorder.event(aboutContainer(pod, container), 'Warning', 'FailedPostStartHook', 'PostStartHook failed')
    run.unhealthy = { message: 'FailedPostStartHook', probe: undefined }
  }
  changed()
}

const done = (hook: LifecycleHandler, target: Parameters<typeof runHook>[1], signal: AbortSignal) =>
  runHook(hook, target, signal).catch((error: unknown) => ({ ok: false, message: messageOf(error) }))
