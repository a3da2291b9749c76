import { backoff, type Clock, type Logger, messageOf } from '../lib/index.ts'

const RETRY = { base: 5, max: 30_000 }

export interface QueueOptions {
  /** Brings what `key` names to where it should be. Throwing means: try again later. */
  readonly process: (key: string) => Promise<void>
  /** How many keys at once; never the same key twice at once. */
  readonly workers: number
  readonly clock: Clock
  readonly log: Logger
}

export interface Queue {
  /** Soon, once, however often it is said before. */
  add(key: string): void
  /** Once after `milliseconds`, unless it is due sooner anyway. */
  addAfter(key: string, milliseconds: number): void
}

/**
 * A level-triggered work queue (client-go's workqueue). A key that is added while it waits is done once; one that is
 * added while it is being processed is done once more afterwards; one that fails is done again after a growing wait.
 * Nothing is done after `signal` has aborted.
 */
export function createQueue({ process, workers, clock, log }: QueueOptions, signal: AbortSignal): Queue {
  const waiting = new Set<string>()
  const running = new Set<string>()
  const failures = new Map<string, number>()
  const due = new Map<string, number>()

  const add = (key: string): void => {
    waiting.add(key)
    if (running.size < workers) queueMicrotask(pump)
  }
  const addAfter = (key: string, milliseconds: number): void => {
    const at = clock.now() + milliseconds
    if ((due.get(key) ?? Infinity) <= at) return
    due.set(key, at)
    const when = (): void => {
      if (due.get(key) !== at) return
      due.delete(key)
      add(key)
    }
    void clock.sleep(milliseconds, signal).then(when, () => {})
  }
  const work = async (key: string): Promise<void> => {
    try {
      await process(key)
      failures.delete(key)
    } catch (error) {
      const attempt = failures.get(key) ?? 0
      failures.set(key, attempt + 1)
      if (!signal.aborted) log.warn({ key, attempt, error: messageOf(error) }, 'failed; will try again')
      addAfter(key, backoff(attempt, RETRY))
    } finally {
      running.delete(key)
      pump()
    }
  }
  const pump = (): void => {
    for (const key of waiting) {
      if (running.size >= workers || signal.aborted) return
      if (running.has(key)) continue
      waiting.delete(key)
      running.add(key)
      void work(key)
    }
  }
  return { add, addAfter }
}
