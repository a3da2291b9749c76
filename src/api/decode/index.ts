/** From the bytes of a request to an object of a kind: the API server's door to strict and lenient decoding. */
import { load, YAMLException } from 'js-yaml'
import type { Kind } from '../kind.ts'
import { apiVersionOf } from '../object.ts'
import type { Draft, KubeObject } from '../object.ts'
import { conform } from './conform.ts'
import { DecodeError } from './error.ts'
import { duplicateKeys } from './scan.ts'

export { conform } from './conform.ts'
export { DecodeError, isDecodeError } from './error.ts'

/** What `?fieldValidation=` may say. Upstream's default for requests without it is Warn. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

interface DecodeOptions {
  readonly yaml?: boolean
  readonly fieldValidation?: FieldValidation
}

export interface Decoded {
  readonly object: Draft<KubeObject>
  /** For `Warning:` headers; empty unless the validation is Warn. */
  readonly warnings: readonly string[]
}

/**
 * Reads an object of `kind`, without defaults. A body that names no kind or version is taken for one of this kind.
 * Throws {@link DecodeError} with upstream's text: malformed, of another kind, of wrong types, or, when strict, with
 * fields that are unknown or stand twice.
 */
export function decode(kind: Kind, body: string, options: DecodeOptions = {}): Decoded {
  const { value, duplicates } = options.yaml ? parseYaml(body) : parseJson(body)
  const object = objectOf(kind, value)
  const unknown = inKind(kind, () => conform(object, kind.schema))
  const complaints = [
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
    ...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  ]
  if (complaints.length > 0 && options.fieldValidation === 'Strict') {
    throw new DecodeError(asKind(kind, `strict decoding error: ${complaints.join(', ')}`))
  }
  object['metadata'] ??= {}
  return {
    object: object as unknown as Draft<KubeObject>,
    warnings: options.fieldValidation === 'Ignore' ? [] : complaints,
  }
}

interface Parsed {
  readonly value: unknown
  readonly duplicates: readonly string[]
}

function parseJson(body: string): Parsed {
  try {
    return { value: JSON.parse(body), duplicates: duplicateKeys(body) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const why = body.trim() === '' ? 'unexpected end of JSON input' : error.message
    throw new DecodeError(`couldn't get version/kind; json parse error: ${why}`)
  }
}

function parseYaml(body: string): Parsed {
  try {
    return { value: load(body), duplicates: [] }
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    throw new DecodeError(`error converting YAML to JSON: yaml: ${error.message}`)
  }
}

function objectOf(kind: Kind, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = Array.isArray(value) ? 'array' : typeof value
    throw new DecodeError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    )
  }
  const object = value as Record<string, unknown>
  const expected = apiVersionOf(kind)
  object['apiVersion'] ||= expected
  object['kind'] ||= kind.kind
  const { apiVersion, kind: name } = object as { apiVersion: string; kind: string }
  if (apiVersion !== expected) {
    throw new DecodeError(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
  }
  if (name !== kind.kind) {
    const unlike = `converting (${kind.version}.${name}) to (${packageOf(kind)}.${kind.kind}): unknown conversion`
    throw new DecodeError(`${name} in version "${apiVersion}" cannot be handled as a ${kind.kind}: ${unlike}`)
  }
  return object
}

/** The Go package with the inner types of a group: its first word. */
const packageOf = ({ group }: Kind): string => (group === '' || group === 'events.k8s.io' ? 'core' : (group.split('.')[0] ?? ''))

function inKind<T>(kind: Kind, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) throw new DecodeError(asKind(kind, error.message))
    throw error
  }
}

const asKind = (kind: Kind, why: string): string =>
  `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`
