import type { ManagedFieldsEntry } from '../generated/types.gen.ts'
import { difference, formatFields, isNothing, parseFields, union } from './field-set.ts'
import type { FieldSet } from './field-set.ts'

/** One entry of `managedFields`, its fields ready for set arithmetic. */
export interface Owner {
  readonly entry: ManagedFieldsEntry
  readonly fields: FieldSet
}

/** Whose entry it is: the same manager owns differently what it applies, what it updates, and what it updates in a status. */
export interface Identity {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly subresource?: string
}

export const ownersOf = (entries: readonly ManagedFieldsEntry[] | undefined): Owner[] =>
  (entries ?? []).map((entry) => ({ entry, fields: parseFields(entry.fieldsV1) }))

export const isOf = ({ entry }: Owner, { manager, operation, apiVersion, subresource }: Identity): boolean =>
  entry.manager === manager &&
  entry.operation === operation &&
  entry.apiVersion === apiVersion &&
  (entry.subresource ?? '') === (subresource ?? '')

/** What `identity` owns as of `time`. Whoever owns the same as before, since then. */
export function owning(
  identity: Identity,
  fields: FieldSet,
  { before, time }: { before: Owner | undefined; time: string },
): Owner {
  const same = before && isNothing(difference(fields, before.fields)) && isNothing(difference(before.fields, fields))
  return { entry: same ? before.entry : { ...identity, time, fieldsType: 'FieldsV1' }, fields }
}

/** So many managers that update are remembered one by one: upstream's `DefaultMaxUpdateManagers`. */
const MOST_UPDATERS = 10
const ANCIENT = 'ancient-changes'

/** The same owners; the oldest of too many that update become one. */
export function capped(owners: readonly Owner[]): readonly Owner[] {
  const updaters = owners.filter(({ entry }) => entry.operation === 'Update').sort(inOrder)
  const excess = updaters.slice(0, updaters.length - MOST_UPDATERS + 1)
  if (updaters.length <= MOST_UPDATERS) return owners
  const last = excess.at(-1) as Owner
  const ancient = { entry: { ...last.entry, manager: ANCIENT }, fields: excess.map(({ fields }) => fields).reduce(union) }
  return [...owners.filter((owner) => !excess.includes(owner)), ancient]
}

/** Who applies before who updates, and each by time: upstream's `sortEncodedManagedFields`. */
const inOrder = ({ entry: a }: Owner, { entry: b }: Owner): number =>
  compare(a.operation, b.operation) || compare(a.time, b.time) || compare(a.manager, b.manager) || compare(a.subresource, b.subresource) // prettier-ignore

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0)

/** As `metadata.managedFields` has them; whoever owns nothing any more is left out. */
export const formatOwners = (owners: readonly Owner[]): ManagedFieldsEntry[] =>
  owners
    .filter(({ fields }) => !isNothing(fields))
    .sort(inOrder)
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: formatFields(fields) }))
