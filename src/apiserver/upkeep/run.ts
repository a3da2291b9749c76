import { messageOf } from '../../lib/index.ts'
import { isStoreError } from '../../store/index.ts'
import type { Core } from '../registry/core.ts'
import { expireEvents } from './expire-events.ts'
import { repairAddresses } from './repair.ts'

/** Upstream repairs every 3 minutes. */
const EVERY = 3 * 60 * 1000

/** What the server does unasked, now and every 3 minutes until `signal` aborts. */
export async function runUpkeep(core: Core, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const task of [repairAddresses, expireEvents]) await task(core).catch((error: unknown) => excuse(core, error))
    await core.clock.sleep(EVERY, signal).catch(() => {}) // aborted
  }
}

/** Losing against another write is no failure: the next round looks again. */
function excuse(core: Core, error: unknown): void {
  if (!isStoreError(error, 'conflict')) core.log.error({ error: messageOf(error) }, 'upkeep failed')
}
