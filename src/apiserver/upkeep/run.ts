import { messageOf } from '../../lib/index.ts'
import { isStoreError } from '../../store/index.ts'
import { keepKubernetesService } from '../bootstrap/kubernetes-service.ts'
import type { ApiServerOptions } from '../options.ts'
import type { Core } from '../registry/core.ts'
import { followRoles } from './aggregate-roles.ts'
import { expireEvents } from './expire-events.ts'
import { followRanges } from './keep-ranges.ts'
import { repairAddresses } from './repair.ts'

/** Upstream's `kubernetesservice` controller looks every 10 seconds. */
const OFTEN = 10_000
/** Upstream repairs addresses every 3 minutes. */
const SOMETIMES = 3 * 60 * 1000

/** What the server does unasked, now and again until `signal` aborts. */
export async function runUpkeep(core: Core, options: ApiServerOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([
    repeat(core, { every: OFTEN, task: () => keepKubernetesService(core, options) }, signal),
    repeat(core, { every: SOMETIMES, task: () => repairAddresses(core) }, signal),
    repeat(core, { every: SOMETIMES, task: () => expireEvents(core) }, signal),
    followRoles(core, signal, (error) => excuse(core, error)),
    followRanges(core, signal, (error) => excuse(core, error)),
  ])
}

async function repeat(
  core: Core,
  { every, task }: { every: number; task: () => Promise<void> },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await task().catch((error: unknown) => excuse(core, error))
    await core.clock.sleep(every, signal).catch(() => {}) // aborted
  }
}

/** Losing against another write is no failure: the next round looks again. */
function excuse(core: Core, error: unknown): void {
  if (!isStoreError(error, 'conflict')) core.log.error({ error: messageOf(error) }, 'upkeep failed')
}
