import { isSelectorError, parseFieldSelector, parseLabelSelector } from '../../api/machinery/index.ts'
import type { Kind, KubeObject } from '../api.ts'
import { badRequest } from './status-error.ts'

export type Predicate = (object: KubeObject) => boolean

/** What `labelSelector` and `fieldSelector` let through; undefined when that is everything. Throws BadRequest. */
export function selection(kind: Kind, labels: string | null, fields: string | null): Predicate | undefined {
  if (!labels && !fields) return undefined
  try {
    const byLabels = parseLabelSelector(labels ?? '')
    const byFields = parseFieldSelector(fields ?? '', kind.selectableFields)
    return (object) => byLabels(object.metadata.labels) && byFields(object)
  } catch (error) {
    if (isSelectorError(error)) throw badRequest(error.message)
    throw error
  }
}
