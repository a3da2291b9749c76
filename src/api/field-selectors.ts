import type { KubeObject } from './object.ts'
import { SelectorError } from './label-selectors.ts'
import type { Terms } from './label-selectors.ts'

interface FieldTerm {
  readonly field: string
  readonly value: string
  readonly negated: boolean
}

/** What a kind lets field selectors ask for: {@link Kind.selectableFields}. */
type FieldsOf = (object: KubeObject) => Readonly<Record<string, string>>

/**
 * A predicate for `spec.nodeName=node1,status.phase!=Failed`; the empty text matches everything. Fields that `fieldsOf`
 * doesn't give (beside metadata.name and metadata.namespace) are refused as upstream refuses them. Throws {@link SelectorError}.
 */
export function parseFieldSelector(text: string, fieldsOf?: FieldsOf): (object: KubeObject) => boolean {
  const terms = readFieldTerms(text)
  if (terms.length === 0) return () => true
  const known = new Set(['metadata.name', 'metadata.namespace', ...Object.keys(fieldsOf?.(EXAMPLE) ?? {})])
  for (const { field } of terms) {
    if (!known.has(field)) throw new SelectorError(fieldsOf ? `field label not supported: ${field}` : onlyMetadata(field))
  }
  return (object) => terms.every(({ field, value, negated }) => (fieldValue(object, field, fieldsOf) === value) !== negated)
}

/** The fields without which nothing matches. Throws {@link SelectorError}. */
export function fieldTerms(text: string): Terms {
  const all = readFieldTerms(text)
  const needed = all.filter(({ negated }) => !negated)
  return { terms: needed.map(({ field, value }) => ({ name: field, values: [value] })), complete: needed.length === all.length }
}

const onlyMetadata = (field: string): string =>
  `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`

/** Enough of an object to ask a kind which fields it knows. */
const EXAMPLE = { apiVersion: '', kind: '', metadata: {} } as KubeObject

/** What an object has in a field that can be selected by; empty where it has nothing. */
export function fieldValue(object: KubeObject, field: string, fieldsOf: FieldsOf | undefined): string {
  if (field === 'metadata.name') return object.metadata.name ?? ''
  if (field === 'metadata.namespace') return object.metadata.namespace ?? ''
  return fieldsOf?.(object)[field] ?? ''
}

/** Commas, equals signs and backslashes in values are escaped by a backslash. */
function readFieldTerms(text: string): FieldTerm[] {
  const parts = text.split(/(?<!\\),/).filter((part) => part !== '')
  return parts.map((part) => {
    const match = /^((?:[^\\=!]|\\.)*)(!=|==|=)(.*)$/s.exec(part)
    if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`)
    const [, field = '', sign, value = ''] = match
    return { field, value: value.replaceAll(/\\([,=\\])/g, '$1'), negated: sign === '!=' }
  })
}
