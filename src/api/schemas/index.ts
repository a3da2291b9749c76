/** The schemas of the API, as data. Only the API server opens this door: they take a few megabytes of memory. */
import { readFileSync } from 'node:fs'

/** One schema of OpenAPI v3, as far as Kubernetes uses it. */
export interface Schema {
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly description?: string
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly format?: string
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
}

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** By full name, `io.k8s.api.core.v1.Service`. */
export type Schemas = Readonly<Record<string, Schema>>

const PREFIX = '#/components/schemas/'

let loaded: Schemas | undefined

/** Reads the schemas at the first call, and only then. */
export function schemas(): Schemas {
  loaded ??= JSON.parse(readFileSync(new URL('../generated/schemas.gen.json', import.meta.url), 'utf8')) as Schemas
  return loaded
}

/** The full name that a schema refers to, itself or by its only `allOf`; undefined when it describes itself. */
export function referenceOf(schema: Schema): string | undefined {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
  return ref?.startsWith(PREFIX) ? ref.slice(PREFIX.length) : undefined
}

/** The schema itself, where `schema` only refers to one. */
export function resolve(schema: Schema, all: Schemas = schemas()): Schema {
  const name = referenceOf(schema)
  return name === undefined ? schema : (all[name] ?? schema)
}
