import { validateMetadataUpdate } from '../../api/machinery/index.ts'
import type { Entry } from '../../store/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { conflict, invalid, modified, notFound } from '../http/status-error.ts'
import { beginEffect, noEffect } from './core.ts'
import type { Core } from './core.ts'
import { createObject } from './create.ts'
import type { WriteOptions } from './create.ts'
import { removeEntry } from './delete.ts'
import { decode, encode } from './encode.ts'
import { trackFields } from './field-manager.ts'
import { aboutOf, kindKey, storeKey } from './location.ts'
import type { Location } from './location.ts'
import { LOST, writeWithEffect } from './write.ts'

/** Kinds that must say which version they replace: upstream's `AllowUnconditionalUpdate` is false. */
const CONDITIONAL: ReadonlySet<string> = new Set(['coordination.k8s.io/leases', 'policy/poddisruptionbudgets'])
/** Kinds that a PUT creates when there are none: upstream's `AllowCreateOnUpdate` is true. */
const CREATED_ON_UPDATE: ReadonlySet<string> = new Set([
  '/endpoints',
  '/events',
  '/services',
  'coordination.k8s.io/leases',
  'events.k8s.io/events',
])

export interface Update {
  readonly subresource: '' | 'status' | 'finalize' | 'binding'
  /**
   * Makes the new object of the newest old one; called again when another write came between. `old` is undefined when
   * there is none: answer undefined for NotFound, or an object to create.
   */
  change(old: KubeObject | undefined): Draft<KubeObject> | undefined | Promise<Draft<KubeObject> | undefined>
}

export interface Updated {
  readonly bytes: Buffer
  readonly created: boolean
}

/**
 * Replaces an object by what `update.change` makes of it. Writes nothing when nothing changed. Throws NotFound, Conflict
 * when the object names a version that isn't the newest, Invalid, or what the kind's effects refuse. As upstream's
 * `registry.Store.Update` and `rest.BeforeUpdate`.
 */
export async function updateObject(core: Core, location: Location, update: Update, options: WriteOptions): Promise<Updated> {
  for (;;) {
    const entry = core.store.get(storeKey(location))
    const object = await update.change(entry && decode(location.kind, entry.value))
    if (!entry) {
      if (!object || !mayCreate(location, object)) throw notFound(aboutOf(location))
      return { bytes: await createObject(core, location.kind, object, options), created: true }
    }
    if (!object) throw notFound(aboutOf(location))
    const bytes = await replaceEntry(core, { location, entry, object, subresource: update.subresource }, options)
    if (bytes !== LOST) return { bytes, created: false }
  }
}

/** A patch that applies creates anything; a PUT only some kinds, and never what it believes to exist. */
const mayCreate = ({ kind }: Location, object: Draft<KubeObject>): boolean =>
  !object.metadata.uid && (!object.metadata.resourceVersion || CREATED_ON_UPDATE.has(kindKey(kind)))

export const createdByPut = (location: Location): boolean => CREATED_ON_UPDATE.has(kindKey(location.kind))

interface Replacement {
  readonly location: Location
  readonly entry: Entry
  readonly object: Draft<KubeObject>
  readonly subresource: Update['subresource']
}

async function replaceEntry(core: Core, replacement: Replacement, options: WriteOptions): Promise<Buffer | typeof LOST> {
  const { location, entry, object, subresource } = replacement
  const old = decode(location.kind, entry.value)
  mustBeNewest(location, object, old)
  keepSystemFields(object, old)
  if (options.by) trackFields(core, location.kind, { object, old }, options.by)
  await options.admit?.(object, old)
  const effect = subresource === '' ? beginEffect(core, location.kind, { object, old, dryRun: options.dryRun }) : noEffect
  try {
    prepare(location, { object, old, subresource })
  } catch (error) {
    effect.revert()
    throw error
  }
  if (mustGo(object as KubeObject)) {
    effect.revert()
    if (options.dryRun) return entry.value
    const removed = await removeEntry(core, location, { entry, last: object as KubeObject })
    return removed ?? LOST
  }
  options.warnings.add(...(location.kind.warnings?.(object as KubeObject, old) ?? []))
  const encoded = encode(location.kind, object as KubeObject)
  const unchanged = encoded.at(entry.revision)
  if (options.dryRun || (effect.operations.length === 0 && unchanged.equals(entry.value))) {
    effect.revert()
    return options.dryRun ? unchanged : entry.value
  }
  let bytes = unchanged
  const value = (revision: number): Buffer => (bytes = encoded.at(revision))
  const revision = await writeWithEffect(core, { key: entry.key, expected: entry.revision, value }, effect)
  return revision === LOST ? LOST : bytes
}

function mustBeNewest(location: Location, { metadata }: Draft<KubeObject>, old: KubeObject): void {
  const about = aboutOf(location)
  if (metadata.uid && metadata.uid !== old.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${old.metadata.uid}`
    throw conflict(about, why)
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== '0') {
    if (metadata.resourceVersion !== old.metadata.resourceVersion) throw modified(about)
    return
  }
  if (!CONDITIONAL.has(kindKey(location.kind))) return
  throw invalid({ kind: location.kind.kind, group: location.kind.group, name: location.name }, [
    {
      type: 'FieldValueInvalid',
      field: 'metadata.resourceVersion',
      message: 'Invalid value: 0: must be specified for an update',
    },
  ])
}

/** Clients may leave these out and can't change them. */
function keepSystemFields({ metadata }: Draft<KubeObject>, { metadata: old }: KubeObject): void {
  metadata.uid = old.uid
  metadata.creationTimestamp = old.creationTimestamp
  metadata.generation = old.generation
  metadata.deletionTimestamp = old.deletionTimestamp
  metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds
  delete metadata.selfLink
  delete metadata.resourceVersion
}

function prepare(
  location: Location,
  { object, old, subresource }: { object: Draft<KubeObject>; old: KubeObject; subresource: Update['subresource'] },
): void {
  const { kind } = location
  if (subresource === '' || subresource === 'status') kind.prepareForUpdate?.(object, old, subresource)
  if (subresource === '' && kind.specChanged?.(object as KubeObject, old))
    object.metadata.generation = (old.metadata.generation ?? 0) + 1
  const now = object as KubeObject
  const errors = [...validateMetadataUpdate(now, old)]
  if (subresource === 'status') errors.push(...(kind.validateStatusUpdate?.(now, old) ?? []))
  if (subresource === '') errors.push(...(kind.validateUpdate?.(now, old) ?? []), ...(kind.validate?.(now, old) ?? []))
  if (errors.length > 0) throw invalid({ kind: kind.kind, group: kind.group, name: location.name }, errors)
}

/** The last finalizer of an object that is being deleted is gone: upstream's `ShouldDeleteDuringUpdate`. */
function mustGo(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = object.metadata
  if (!deletionTimestamp || (deletionGracePeriodSeconds ?? 0) !== 0 || finalizers.length > 0) return false
  const spec = (object as { spec?: { finalizers?: readonly string[] } }).spec
  return object.kind !== 'Namespace' || !spec?.finalizers?.length
}
