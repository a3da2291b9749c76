import type { Operation } from '../../store/index.ts'
import { isStoreError } from '../../store/index.ts'
import { internalError } from '../http/status-error.ts'
import type { Core, Effect } from './core.ts'

/** A write lost against another one; look again. */
export const LOST = Symbol('lost')

/**
 * Writes an object with all that goes with it, at one revision. Resolves with the revision, or with {@link LOST} when a
 * key wasn't where it was expected. The effect is committed or reverted in any case.
 */
export async function writeWithEffect(core: Core, operation: Operation, effect: Effect): Promise<number | typeof LOST> {
  try {
    const revision = await core.store.write([operation, ...effect.operations])
    effect.commit()
    return revision
  } catch (error) {
    effect.revert()
    if (isStoreError(error, 'conflict')) return LOST
    throw isStoreError(error, 'full') || isStoreError(error, 'unavailable') ? internalError(error.message) : error
  }
}
