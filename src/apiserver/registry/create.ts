import { validateMetadata } from '../../api/machinery/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { alreadyExists, invalid } from '../http/status-error.ts'
import { beginEffect } from './core.ts'
import type { Core } from './core.ts'
import { encode } from './encode.ts'
import { trackFields } from './field-manager.ts'
import type { FieldManager } from './field-manager.ts'
import { aboutOf, kindKey, locationOf, storeKey } from './location.ts'
import { generateName } from './names.ts'
import { timestamp } from './timestamp.ts'
import type { Warnings } from './warnings.ts'
import { LOST, writeWithEffect } from './write.ts'

export interface WriteOptions {
  readonly dryRun: boolean
  readonly warnings: Warnings
  /** Who writes, for `managedFields`; undefined when the server itself does, which owns nothing. */
  readonly by?: FieldManager
  /** What clients' writes must pass; undefined when the server itself writes. `old` is undefined when the object is new. */
  readonly admit?: (object: Draft<KubeObject>, old: KubeObject | undefined) => Promise<void>
}

/** How often a generated name that is taken is replaced by another one (KEP-4420). */
const NAME_ATTEMPTS = 8

/**
 * Stores a new object, decoded and defaulted, and returns its bytes. Throws AlreadyExists, Invalid, or what the kind's
 * effects refuse. As upstream's `registry.Store.Create` and `rest.BeforeCreate`.
 */
export async function createObject(core: Core, kind: Kind, object: Draft<KubeObject>, options: WriteOptions): Promise<Buffer> {
  if (options.by) trackFields(core, kind, { object, old: undefined }, options.by)
  await options.admit?.(object, undefined)
  const generated = !object.metadata.name && !!object.metadata.generateName
  // An attempt leaves in the draft what it has allocated, and the next one must not want just that.
  const draft = (): Draft<KubeObject> => (core.effects.has(kindKey(kind)) ? structuredClone(object) : object)
  for (let attempt = 1; ; attempt++) {
    if (generated) object.metadata.name = generateName(object.metadata.generateName ?? '', core.random)
    const written = await createOnce(core, kind, draft(), options)
    if (written !== LOST) return written
    if (attempt === NAME_ATTEMPTS || (!generated && isTaken(core, kind, object)))
      throw alreadyExists(aboutOf({ kind, name: object.metadata.name ?? '' }))
  }
}

/** Otherwise it was something that goes with the object, an address, that somebody else got first. */
const isTaken = (core: Core, kind: Kind, object: Draft<KubeObject>): boolean =>
  core.store.get(storeKey(locationOf(kind, object as KubeObject))) !== undefined

async function createOnce(
  core: Core,
  kind: Kind,
  object: Draft<KubeObject>,
  options: WriteOptions,
): Promise<Buffer | typeof LOST> {
  fillSystemFields(core, object)
  const key = storeKey(locationOf(kind, object as KubeObject))
  if (core.store.get(key)) return LOST
  const effect = beginEffect(core, kind, { object, old: undefined, dryRun: options.dryRun })
  try {
    kind.prepareForCreate?.(object)
    mustBeValid(kind, object as KubeObject)
  } catch (error) {
    effect.revert()
    throw error
  }
  options.warnings.add(...(kind.warnings?.(object as KubeObject, undefined) ?? []))
  const encoded = encode(kind, object as KubeObject)
  if (options.dryRun) return encoded.unwritten()
  let bytes: Buffer = Buffer.alloc(0)
  const value = (revision: number): Buffer => (bytes = encoded.at(revision))
  const revision = await writeWithEffect(core, { key, expected: 0, value }, effect)
  return revision === LOST ? LOST : bytes
}

/** As upstream's `rest.FillObjectMetaSystemFields`, and what a new object can't have. */
function fillSystemFields(core: Core, { metadata }: Draft<KubeObject>): void {
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.selfLink
  metadata.uid = core.random.uuid()
  metadata.creationTimestamp = timestamp(core.clock.now())
}

function mustBeValid(kind: Kind, object: KubeObject): void {
  const errors = [...validateMetadata(object, kind), ...(kind.validate?.(object) ?? [])]
  if (errors.length > 0) throw invalid({ kind: kind.kind, group: kind.group, name: object.metadata.name ?? '' }, errors)
}
