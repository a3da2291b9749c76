import type { Container, Pod } from '../../api/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { aboutContainer } from '../events.ts'
import { runHook } from '../probes/handler.ts'
import type { Stop } from '../pod/plan.ts'
import type { PodState, Run } from '../pod/state.ts'

/**
 * Ends a run: the container's preStop hook, SIGTERM, and SIGKILL when patience ends. Does not wait for the end, which
 * is seen elsewhere. Asked again while that goes on, it can only become less patient.
 */
export function stopRun(pod: Pod, state: PodState, { stop, context }: { stop: Stop; context: KubeletContext }): void {
  const run = state.containers.get(stop.container)?.current
  if (!run) return
  const { clock, recorder } = context
  const deadline = clock.now() + stop.grace
  if (run.stopping) {
    run.stopping.hurry(deadline)
    return
  }
  recorder.event(aboutContainer(pod, { name: stop.container }), 'Normal', 'Killing', stop.message)
  const abort = new AbortController()
  let current = deadline
  const kill = (): Promise<void> => context.kernel.containers.kill(run.folder, 'SIGKILL')
  const wait = (until: number): void => {
    const patience = clock.sleep(Math.max(0, until - clock.now()), abort.signal)
    void patience.then(
      () => (current === until ? kill() : undefined),
      () => undefined,
    )
  }
  run.stopping = {
    deadline,
    hurry(earlier) {
      if (earlier >= current) return
      current = earlier
      wait(earlier)
    },
  }
  wait(deadline)
  void endPolitely(pod, run, { name: stop.container, state, context, deadline }).finally(async () => {
    await context.kernel.containers.ended(run.folder).catch(() => {})
    abort.abort()
  })
}

interface Parts {
  readonly name: string
  readonly state: PodState
  readonly context: KubeletContext
  readonly deadline: number
}

async function endPolitely(pod: Pod, run: Run, { name, state, context, deadline }: Parts): Promise<void> {
  const { kernel, clock, recorder } = context
  const hook = containerOf(pod, name)?.lifecycle?.preStop
  if (hook) {
    const patience = AbortSignal.timeout(Math.max(0, deadline - clock.now()))
    const outcome = await runHook(
      hook,
      { run, address: state.sandbox?.addresses[0] ?? '', container: containerOf(pod, name), context },
      patience,
    ).catch((error: unknown) => ({ ok: false, message: messageOf(error) }))
    if (!outcome.ok) recorder.event(aboutContainer(pod, { name }), 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
  }
  await kernel.containers.kill(run.folder, 'SIGTERM')
}

const containerOf = ({ spec }: Pod, name: string): Container | undefined =>
  [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find((container) => container.name === name)
