import { setTimeout as delay } from 'node:timers/promises'

/**
 * Resolves with what `assertion` gives as soon as it doesn't throw; rejects with its last error when that has not
 * happened `within` milliseconds. How tests wait: for the thing itself, never for a time.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, { within = 10_000, every = 10 } = {}): Promise<T> {
  const end = performance.now() + within
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() > end) throw error
    }
    await delay(every)
  }
}
