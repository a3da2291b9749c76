import type { Entry } from '../../store/index.ts'
import type { Draft, Kind, KubeObject } from '../api.ts'
import { conflict, forbidden } from '../http/status-error.ts'
import { noEffect } from './core.ts'
import type { Core } from './core.ts'
import { decode, encode } from './encode.ts'
import { graceOf } from './grace.ts'
import { aboutOf, kindKey } from './location.ts'
import type { Location } from './location.ts'
import { mustGet } from './read.ts'
import { timestamp } from './timestamp.ts'
import { LOST, writeWithEffect } from './write.ts'

export interface Deletion {
  readonly dryRun: boolean
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: string
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface Deleted {
  /** The object as it was last: gone, or waiting for its finalizers or its kubelet. */
  readonly bytes: Buffer
  readonly gone: boolean
}

/** These three can't be deleted: upstream's admission plugin `NamespaceLifecycle`. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public'])

/**
 * Deletes, or begins to: an object with finalizers, or a Pod that its kubelet must stop first, only gets a deletion
 * timestamp. Throws NotFound, Conflict when a precondition fails, Forbidden. As upstream's `registry.Store.Delete`.
 */
export async function deleteObject(core: Core, location: Location, deletion: Deletion): Promise<Deleted> {
  if (kindKey(location.kind) === '/namespaces' && IMMORTAL.has(location.name)) {
    throw forbidden(aboutOf(location), 'this namespace may not be deleted')
  }
  for (;;) {
    const entry = mustGet(core, location)
    const object = decode(location.kind, entry.value) as Draft<KubeObject>
    mustMatch(location, object as KubeObject, deletion)
    const deleted = await deleteOnce(core, { location, entry, object }, deletion)
    if (deleted) return deleted
  }
}

interface Target {
  readonly location: Location
  readonly entry: Entry
  readonly object: Draft<KubeObject>
}

/** Undefined when another write came between. */
async function deleteOnce(core: Core, { location, entry, object }: Target, deletion: Deletion): Promise<Deleted | undefined> {
  const before = JSON.stringify(object)
  const wasDeleting = object.metadata.deletionTimestamp !== undefined
  const grace = graceOf(location.kind, object as KubeObject, deletion)
  if (grace === 'pending') return { bytes: entry.value, gone: false }
  setFinalizers(location.kind, object, deletion.propagationPolicy)
  if (grace === 0 && !mustWait(location, object as KubeObject)) {
    if (deletion.dryRun) return { bytes: entry.value, gone: true }
    const bytes = await removeEntry(core, location, { entry, last: object as KubeObject })
    return bytes && { bytes, gone: true }
  }
  refuseImpatience(location, wasDeleting)
  mark(core, object, grace)
  if (JSON.stringify(object) === before) return { bytes: entry.value, gone: false }
  const encoded = encode(location.kind, object as KubeObject)
  if (deletion.dryRun) return { bytes: encoded.at(entry.revision), gone: false }
  let bytes = entry.value
  const value = (revision: number): Buffer => (bytes = encoded.at(revision))
  const revision = await writeWithEffect(core, { key: entry.key, expected: entry.revision, value }, noEffect)
  return revision === LOST ? undefined : { bytes, gone: false }
}

/** Takes the key out of the store. Returns the last bytes, or undefined when another write came between. */
export async function removeEntry(
  core: Core,
  location: Location,
  { entry, last }: { entry: Entry; last: KubeObject },
): Promise<Buffer | undefined> {
  const effect = core.effects.get(kindKey(location.kind))?.remove(decode(location.kind, entry.value)) ?? noEffect
  const encoded = encode(location.kind, last)
  let bytes = entry.value
  const tombstone = (revision: number): Buffer => (bytes = encoded.at(revision))
  const revision = await writeWithEffect(core, { key: entry.key, expected: entry.revision, tombstone }, effect)
  return revision === LOST ? undefined : bytes
}

function mustMatch(location: Location, { metadata }: KubeObject, { preconditions = {} }: Deletion): void {
  const { uid, resourceVersion } = preconditions
  if (uid && uid !== metadata.uid) {
    throw conflict(aboutOf(location), `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`)
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
    throw conflict(aboutOf(location), why)
  }
}

/** The garbage collector acts on these two: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ */
function setFinalizers({ orphansDependents }: Kind, { metadata }: Draft<KubeObject>, asked: string | undefined): void {
  const { finalizers = [] } = metadata
  const others = finalizers.filter((name) => name !== 'orphan' && name !== 'foregroundDeletion')
  const isDecided = others.length < finalizers.length || !orphansDependents
  const policy = asked ?? (isDecided ? undefined : 'Orphan')
  if (policy === undefined) return
  if (policy === 'Orphan') others.push('orphan')
  if (policy === 'Foreground') others.push('foregroundDeletion')
  if (others.length > 0) metadata.finalizers = others
  else delete metadata.finalizers
}

function mustWait(location: Location, object: KubeObject): boolean {
  if (object.metadata.finalizers?.length) return true
  const { spec } = object as { spec?: { finalizers?: readonly string[] } }
  return kindKey(location.kind) === '/namespaces' && !!spec?.finalizers?.length
}

/** As upstream's storage of Namespaces answers a second deletion. */
function refuseImpatience(location: Location, wasDeleting: boolean): void {
  if (!wasDeleting || kindKey(location.kind) !== '/namespaces') return
  throw conflict(
    aboutOf(location),
    'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.',
  )
}

function mark(core: Core, object: Draft<KubeObject>, grace: number): void {
  const { metadata } = object
  const first = metadata.deletionTimestamp === undefined
  if (first || (metadata.deletionGracePeriodSeconds ?? 0) > grace) {
    metadata.deletionTimestamp = timestamp(core.clock.now() + grace * 1000)
    // Namespaces have none, as upstream's storage of them sets the timestamp by itself.
    if (object.kind !== 'Namespace') metadata.deletionGracePeriodSeconds = grace
    if (first && metadata.generation) metadata.generation += 1
  }
  if (object.kind === 'Namespace')
    (object as { status?: { phase?: string } }).status = { ...(object as { status?: object }).status, phase: 'Terminating' }
}
