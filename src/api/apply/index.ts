/**
 * Server-side apply (KEP-555): several managers own fields of one object, and whoever would take another's is told.
 * As upstream's structured-merge-diff and `apimachinery/pkg/util/managedfields`, without conversion between versions.
 */
import type { StatusCause } from '../generated/types.gen.ts'
import type { Kind } from '../kind.ts'
import { apiVersionOf } from '../object.ts'
import type { KubeObject } from '../object.ts'
import { resolve, schemas } from '../schemas/index.ts'
import type { Schema } from '../schemas/index.ts'
import { ApplyConflict } from './conflict.ts'
import { difference, intersection, isNothing, NOTHING, union } from './field-set.ts'
import type { FieldSet } from './field-set.ts'
import { changedFields, fieldsOf } from './fields-of.ts'
import { capped, formatOwners, isOf, ownersOf, owning } from './managers.ts'
import type { Identity, Owner } from './managers.ts'
import { merge, prune } from './merge.ts'
import { isObject } from './structure.ts'

export { ApplyConflict, isApplyConflict } from './conflict.ts'
export type { StatusCause }

interface Manager {
  readonly manager: string
  readonly subresource?: string
  /** RFC 3339, to the second. */
  readonly time: string
}

/**
 * The object that results when `applied` (decoded, without defaults) is applied to `live`, which is undefined when the
 * object doesn't exist yet. Fields that the manager applied before and no longer does go away, unless another owns them.
 * Throws {@link ApplyConflict} when another manager's field would change and `force` isn't set.
 */
export function applyObject(
  kind: Kind,
  { live, applied, force }: { live: KubeObject | undefined; applied: KubeObject; force: boolean },
  by: Manager,
): KubeObject {
  const schema = schemaOf(kind)
  const identity: Identity = identityOf(kind, by, 'Apply')
  const owners = ownersOf(live?.metadata.managedFields)
  const others = owners.filter((owner) => !isOf(owner, identity))
  const fields = owned(fieldsOf(applied, schema))
  const merged = merge(live ?? {}, withoutManagers(applied), schema)
  const taken = intersection(owned(changedFields(live ?? {}, merged, schema)), fields)
  const conflicts = others.filter((owner) => !isNothing(intersection(owner.fields, taken)))
  const allowed = by.manager === 'kubectl' && live ? appliedByClient(live, schema) : NOTHING
  const refused = conflicts.filter((owner) => !isNothing(difference(intersection(owner.fields, taken), allowed)))
  if (refused.length > 0 && !force) throw new ApplyConflict(refused, difference(taken, allowed))
  const left = others.map((owner) => ({ ...owner, fields: difference(owner.fields, taken) }))
  const before = owners.find((owner) => isOf(owner, identity))
  const kept = [fields, ...left.map((owner) => owner.fields)].reduce(union)
  const result = prune(merged, schema, { gone: difference(before?.fields ?? NOTHING, kept), kept }) as KubeObject
  return withManagers(result, [...left, owning(identity, fields, { before, time: by.time })])
}

/**
 * What kubectl applied before it began to leave the merging to the server, and nobody has changed since: it may go on
 * changing that. As upstream's `lastAppliedManager`.
 */
function appliedByClient(live: KubeObject, schema: Schema | undefined): FieldSet {
  const text = live.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']
  const last = text === undefined ? undefined : parsedObject(text)
  if (!last || last.apiVersion !== live.apiVersion) return NOTHING
  return difference(owned(fieldsOf(last, schema)), owned(changedFields(last, live, schema)))
}

function parsedObject(text: string): KubeObject | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return isObject(value) ? (value as unknown as KubeObject) : undefined
  } catch {
    return undefined
  }
}

/**
 * `now` with its `managedFields` brought up to date after a create, an update or a patch: what changed is the writer's
 * from here on, and nobody owns what is gone. `old` is undefined for a new object. What this write can't change (the
 * status, or all but the status) doesn't count. As upstream's `FieldManager.Update`.
 */
export function trackUpdate(kind: Kind, { old, now }: { old: KubeObject | undefined; now: KubeObject }, by: Manager): KubeObject {
  const schema = schemaOf(kind)
  const identity = identityOf(kind, by, 'Update')
  const written = asWritten(now, old, by.subresource)
  const present = owned(fieldsOf(written, schema))
  const changed = old ? owned(changedFields(old, written, schema)) : present
  const owners = ownersBefore({ old, now }, by)
  const before = owners.find((owner) => isOf(owner, identity))
  const others = owners
    .filter((owner) => !isOf(owner, identity))
    .map((owner) => ({ ...owner, fields: intersection(difference(owner.fields, changed), present) }))
  const fields = intersection(union(before?.fields ?? NOTHING, changed), present)
  return withManagers(now, capped([...others, owning(identity, fields, { before, time: by.time })]))
}

/** What will be stored, as far as the subresource decides it: upstream's `GetResetFields`. */
function asWritten(now: KubeObject, old: KubeObject | undefined, subresource: string | undefined): KubeObject {
  const { status: wanted, ...rest } = now as KubeObject & { status?: unknown }
  if (subresource === 'status') return { ...(old ?? rest), metadata: now.metadata, ...({ status: wanted } as object) }
  const { status } = (old ?? {}) as { status?: unknown }
  return status === undefined ? rest : { ...rest, ...({ status } as object) }
}

/**
 * Who owned what until this write. A client of the object itself may rewrite the list, as kubectl does when it moves from
 * one kind of apply to the other; one that clears it asks for a fresh start; one that leaves it out asks for nothing.
 */
function ownersBefore({ old, now }: { old: KubeObject | undefined; now: KubeObject }, { subresource }: Manager): Owner[] {
  const given = now.metadata.managedFields
  if (subresource || !given) return ownersOf(old?.metadata.managedFields)
  if (given.length === 0 || (given.length === 1 && Object.keys(given[0] ?? {}).length === 0)) return []
  const readable = given.every(({ fieldsType, operation }) => fieldsType === 'FieldsV1' && KNOWN_OPERATIONS.has(operation ?? ''))
  return ownersOf(readable ? given : old?.metadata.managedFields)
}

const KNOWN_OPERATIONS: ReadonlySet<string> = new Set(['Apply', 'Update'])

const schemaOf = (kind: Kind): Schema | undefined => schemas()[kind.schema] && resolve(schemas()[kind.schema] as Schema)

const identityOf = (kind: Kind, { manager, subresource }: Manager, operation: 'Apply' | 'Update'): Identity => ({
  manager,
  operation,
  apiVersion: apiVersionOf(kind),
  ...(subresource && { subresource }),
})

/** The fields that belong to the server, or to nobody: they say which object it is. */
const UNOWNED = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
]

function owned(set: FieldSet): FieldSet {
  const children = new Map(set.children)
  children.delete('f:apiVersion')
  children.delete('f:kind')
  const metadata = children.get('f:metadata')
  if (metadata) {
    const inner = new Map([...metadata.children].filter(([element]) => !UNOWNED.includes(element.slice(2))))
    if (inner.size === 0) children.delete('f:metadata')
    else children.set('f:metadata', { owned: false, children: inner })
  }
  return { owned: false, children }
}

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

const withManagers = (object: KubeObject, owners: readonly Owner[]): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, managedFields: formatOwners(owners) },
})
