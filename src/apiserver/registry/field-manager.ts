import { applyObject, isApplyConflict, trackUpdate } from '../../api/apply/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { StatusError } from '../http/status-error.ts'
import type { Core } from './core.ts'
import { timestamp } from './timestamp.ts'

/** Who writes, as `metadata.managedFields` names it. */
export interface FieldManager {
  readonly manager: string
  /** Through which part of the object, where it isn't the object itself. */
  readonly subresource?: string
}

/** Notes in a draft that is about to be written which fields are the writer's from now on. */
export function trackFields(
  core: Core,
  kind: Kind,
  { object, old }: { object: Draft<KubeObject>; old: KubeObject | undefined },
  by: FieldManager,
): void {
  const { metadata } = trackUpdate(kind, { old, now: object as KubeObject }, managerNow(core, by))
  object.metadata.managedFields = metadata.managedFields as Draft<typeof metadata.managedFields>
}

interface Applying {
  readonly live: KubeObject | undefined
  readonly applied: KubeObject
  readonly force: boolean
}

/** What becomes of `live` when `applied` is. Throws Conflict with a cause for each field that others own. */
export function appliedTo(core: Core, kind: Kind, applying: Applying, by: FieldManager): Draft<KubeObject> {
  try {
    return applyObject(kind, applying, managerNow(core, by)) as Draft<KubeObject>
  } catch (error) {
    if (!isApplyConflict(error)) throw error
    throw new StatusError(409, 'Conflict', error.message, { causes: [...error.causes] })
  }
}

const managerNow = (core: Core, by: FieldManager) => ({ ...by, time: timestamp(core.clock.now()) })
