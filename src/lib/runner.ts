import { backoff } from './backoff.ts'
import type { Clock } from './clock.ts'
import { messageOf } from './errors.ts'
import type { Logger } from './log.ts'

const RETRY = { base: 20, max: 30_000 }

export interface RunnerOptions {
  /** Brings the world to where it should be. Throwing means: again, after a growing wait. */
  readonly run: () => Promise<void>
  readonly clock: Clock
  readonly log: Logger
}

export interface Runner {
  /** Asks for a run: soon, and once however often it is asked before that run begins. */
  request(): void
}

/**
 * Runs one thing, never twice at the same time (kube-proxy's BoundedFrequencyRunner without its minimum interval: what
 * arrives during a run is what the next one takes together). Guarantees that a run begins after the last request, and
 * that a failed run is tried again. Stops when `signal` aborts.
 */
export function createRunner({ run, clock, log }: RunnerOptions, signal: AbortSignal): Runner {
  let requested = false
  let running = false
  const loop = async (): Promise<void> => {
    running = true
    for (let failures = 0; requested && !signal.aborted;) {
      requested = false
      try {
        await run()
        failures = 0
      } catch (error) {
        log.error({ error: messageOf(error), failures }, 'failed; will try again')
        requested = true
        await clock.sleep(backoff(failures++, RETRY), signal).catch(() => {})
      }
    }
    running = false
  }
  return {
    request() {
      requested = true
      if (!running) setImmediate(() => running || void loop())
    },
  }
}
