import type { Container, Pod, Probe } from '../../api/index.ts'
import { type Logger, messageOf } from '../../lib/index.ts'
import type { KubeletContext } from '../context.ts'
import { aboutContainer } from '../events.ts'
import type { Run } from '../pod/state.ts'
import { runHandler } from './handler.ts'
import type { Outcome } from './outcome.ts'

export interface ProbeTarget {
  readonly pod: Pod
  readonly container: Container
  readonly run: Run
  readonly address: string
  readonly context: KubeletContext
  readonly log: Logger
  /** Called after a probe has changed what the run's state says. */
  readonly changed: () => void
}

type Kind = 'Startup' | 'Readiness' | 'Liveness'

const SECOND = 1000
/** A program needs a moment until it listens: the first tries are this far apart, and double. Milliseconds. */
const FIRST_WAIT = 100

/** Probes a run until `signal` aborts: the startup probe first, then readiness and liveness side by side. */
export async function probeRun(target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const { container, run } = target
  try {
    if (container.startupProbe && !run.started) await probe('Startup', container.startupProbe, target, signal)
    if (run.unhealthy) return
    const readiness = container.readinessProbe && probe('Readiness', container.readinessProbe, target, signal)
    const liveness = container.livenessProbe && probe('Liveness', container.livenessProbe, target, signal)
    await Promise.all([readiness, liveness])
  } catch (error) {
    if (!signal.aborted) target.log.error({ error: messageOf(error) }, 'a probe could not be done')
  }
}

/** One probe, over and over. That of startup ends with its success; every one ends when it gives the container up. */
async function probe(kind: Kind, spec: Probe, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  const { run, context, changed } = target
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = spec
  await context.clock.sleep(initialDelaySeconds * SECOND, signal)
  const eager = kind === 'Liveness' ? periodSeconds * SECOND : FIRST_WAIT
  let wait = eager
  let successes = 0
  let failures = 0
  for (;;) {
    const outcome = await once(spec, target)
    signal.throwIfAborted()
    if (outcome.ok) {
      if (outcome.warning !== undefined) say(target, 'ProbeWarning', `${kind} probe warning: ${outcome.warning}`)
      successes++
      failures = 0
      wait = periodSeconds * SECOND
      if (successes >= successThreshold && succeed(kind, run)) changed()
      if (kind === 'Startup' && run.started) return
    } else if (outcome.unknown) {
      say(target, 'Unhealthy', `${kind} probe errored and resulted in unknown state: ${outcome.message}`)
      wait = periodSeconds * SECOND
    } else if (wait < periodSeconds * SECOND && !everSucceeded(kind, run)) {
      wait = Math.min(wait * 2, periodSeconds * SECOND)
    } else {
      failures++
      successes = 0
      wait = periodSeconds * SECOND
      say(target, 'Unhealthy', `${kind} probe failed: ${outcome.message}`)
      if (failures >= failureThreshold && fail(kind, target)) changed()
      if (run.unhealthy !== undefined) return
    }
    await context.clock.sleep(wait, signal)
  }
}

const say = ({ pod, container, context }: ProbeTarget, reason: 'ProbeWarning' | 'Unhealthy', message: string): void =>
  context.recorder.event(aboutContainer(pod, container), 'Warning', reason, message)

const once = (spec: Probe, { run, address, container, context }: ProbeTarget): Promise<Outcome> =>
  runHandler(spec, { run, address, container, context }, AbortSignal.timeout((spec.timeoutSeconds ?? 1) * SECOND))

const everSucceeded = (kind: Kind, run: Run): boolean => (kind === 'Startup' ? run.started : run.ready)

/** Whether that was news. */
function succeed(kind: Kind, run: Run): boolean {
  if (kind === 'Liveness') return false
  const before = everSucceeded(kind, run)
  if (kind === 'Startup') run.started = true
  else run.ready = true
  return !before
}

/** Whether that was news. */
function fail(kind: Kind, { run, container }: ProbeTarget): boolean {
  if (kind === 'Readiness') {
    const before = run.ready
    run.ready = false
    return before
  }
  const message = `Container ${container.name} failed ${kind.toLowerCase()} probe, will be restarted`
  run.unhealthy = { message, probe: kind === 'Startup' ? container.startupProbe : container.livenessProbe }
  return true
}
