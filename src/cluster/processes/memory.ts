import { trimWhenIdle } from '../../kernel/index.ts'
import { systemClock } from '../../lib/index.ts'

/** For processes that live long and are idle most of the time: what only start-up needed is not kept. */
export const giveBackMemory = (signal: AbortSignal): Promise<void> =>
  trimWhenIdle((milliseconds) => systemClock.sleep(milliseconds, signal)).catch(() => {})
