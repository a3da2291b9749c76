import { semanticEqual } from './equal.ts'
import { forbidden, invalid, invalids, required, tooLong } from './field.ts'
import type { ObjectMeta, OwnerReference } from './generated/types.gen.ts'
import type { FieldError, Kind, NameRule } from './kind.ts'
import type { Complaints } from './names.ts'
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, pathSegment, qualifiedName } from './names.ts'
import type { KubeObject } from './object.ts'

const RULES: Readonly<Record<NameRule, (name: string) => Complaints>> = {
  'dns-1123-subdomain': dns1123Subdomain,
  'dns-1123-label': dns1123Label,
  'dns-1035-label': dns1035Label,
  'path-segment': pathSegment,
}

/** All annotations of an object together, keys and values. */
const ANNOTATION_BYTES = 256 * 1024

/**
 * What is wrong with the metadata of a new object of `kind`; empty when nothing is. The server has made up the name by
 * now if only `generateName` was given. As upstream's `ValidateObjectMeta`.
 */
export function validateMetadata(object: KubeObject, kind: Kind): FieldError[] {
  const { metadata } = object
  return [...validateNames(metadata, kind), ...validateContents(metadata)]
}

function validateNames(metadata: ObjectMeta, kind: Kind): FieldError[] {
  const rule = RULES[kind.nameRule ?? 'dns-1123-subdomain']
  const { name = '', generateName = '', namespace = '' } = metadata
  const found: FieldError[] = []
  if (generateName !== '') found.push(...invalids('metadata.generateName', generateName, rule(withoutDash(generateName))))
  if (name === '') found.push(required('metadata.name', 'name or generateName is required'))
  else found.push(...invalids('metadata.name', name, rule(name)))
  if (!kind.namespaced) {
    if (namespace !== '') found.push(forbidden('metadata.namespace', 'not allowed on this type'))
  } else if (namespace === '') found.push(required('metadata.namespace'))
  else found.push(...invalids('metadata.namespace', namespace, dns1123Label(namespace)))
  return found
}

/** A prefix may end in a dash, for letters follow. */
const withoutDash = (prefix: string): string => (prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix)

function validateContents(metadata: ObjectMeta): FieldError[] {
  const found: FieldError[] = []
  if ((metadata.generation ?? 0) < 0) {
    found.push(invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0'))
  }
  found.push(...validateLabels('metadata.labels', metadata.labels))
  found.push(...validateAnnotations('metadata.annotations', metadata.annotations))
  found.push(...validateOwners('metadata.ownerReferences', metadata.ownerReferences))
  found.push(...validateFinalizers('metadata.finalizers', metadata.finalizers))
  return found
}

/** Also for selectors that are plain maps, as a Service's. As upstream's `ValidateLabels`. */
export function validateLabels(field: string, labels: Readonly<Record<string, string>> | undefined): FieldError[] {
  const found: FieldError[] = []
  for (const key in labels) {
    found.push(...invalids(field, key, qualifiedName(key)))
    found.push(...invalids(field, labels[key], labelValue(labels[key] ?? '')))
  }
  return found
}

export function validateAnnotations(field: string, annotations: Readonly<Record<string, string>> | undefined): FieldError[] {
  const found: FieldError[] = []
  let bytes = 0
  for (const key in annotations) {
    found.push(...invalids(field, key, qualifiedName(key.toLowerCase())))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '')
  }
  if (bytes > ANNOTATION_BYTES) found.push(tooLong(field, ANNOTATION_BYTES))
  return found
}

function validateOwners(field: string, owners: readonly OwnerReference[] = []): FieldError[] {
  const found: FieldError[] = []
  let controller: string | undefined
  for (const owner of owners) {
    if (!/[^/]$/.test(owner.apiVersion ?? ''))
      found.push(invalid(`${field}.apiVersion`, owner.apiVersion, 'version must not be empty'))
    if (!owner.kind) found.push(invalid(`${field}.kind`, owner.kind, 'must not be empty'))
    if (!owner.name) found.push(invalid(`${field}.name`, owner.name, 'must not be empty'))
    if (!owner.uid) found.push(invalid(`${field}.uid`, owner.uid, 'must not be empty'))
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      found.push(invalid(field, owner, '/v1, Kind=Event is disallowed from being an owner'))
    }
    if (!owner.controller) continue
    if (controller !== undefined) {
      const both = `Found "true" in references for ${controller} and ${owner.name}`
      found.push(invalid(field, owners, `Only one reference can have Controller set to true. ${both}`))
    }
    controller = owner.name
  }
  return found
}

const STANDARD_FINALIZERS = ['kubernetes', 'orphan', 'foregroundDeletion']

function validateFinalizers(field: string, finalizers: readonly string[] = []): FieldError[] {
  const found: FieldError[] = []
  for (const finalizer of finalizers) {
    found.push(...invalids(field, finalizer, qualifiedName(finalizer)))
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.includes(finalizer)) {
      found.push(invalid(field, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'))
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    found.push(invalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return found
}

const IMMUTABLE = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const

/**
 * What the change from `old` may not have done to the metadata. The server has put back by now what clients may leave
 * out (uid, timestamps). As upstream's `ValidateObjectMetaUpdate`.
 */
export function validateMetadataUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const { metadata } = object
  const found: FieldError[] = []
  if (old.metadata.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((finalizer) => !old.metadata.finalizers?.includes(finalizer))
    if (added.length > 0) {
      const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`
      const rule = 'no new finalizers can be added if the object is being deleted, found new finalizers'
      found.push(forbidden('metadata.finalizers', `${rule} ${list}`))
    }
  }
  if ((metadata.generation ?? 0) < (old.metadata.generation ?? 0)) {
    found.push(invalid('metadata.generation', metadata.generation ?? 0, 'must not be decremented'))
  }
  for (const field of IMMUTABLE) found.push(...validateImmutable(`metadata.${field}`, metadata[field], old.metadata[field]))
  return [...found, ...validateContents(metadata)]
}

export const validateImmutable = (field: string, value: unknown, old: unknown): FieldError[] =>
  semanticEqual(value, old) ? [] : [invalid(field, value, 'field is immutable')]
