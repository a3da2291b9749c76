import { fieldTerms, isSelectorError, labelTerms, parseFieldSelector, parseLabelSelector } from '../../api/machinery/index.ts'
import type { Term } from '../../api/machinery/index.ts'
import type { Kind, KubeObject } from '../api.ts'
import { badRequest } from '../http/status-error.ts'

/** What `labelSelector` and `fieldSelector` let through. */
export interface Selection {
  readonly matches: (object: KubeObject) => boolean
  /** What everything that matches has in its labels, and in its fields. */
  readonly labels: readonly Term[]
  readonly fields: readonly Term[]
  /** Whether that is all that is asked for. */
  readonly complete: boolean
}

/** Undefined when everything is selected. Throws BadRequest. */
export function selection(kind: Kind, labels: string | null, fields: string | null): Selection | undefined {
  if (!labels && !fields) return undefined
  try {
    const byLabels = parseLabelSelector(labels ?? '')
    const byFields = parseFieldSelector(fields ?? '', kind.selectableFields)
    const [ofLabels, ofFields] = [labelTerms(labels ?? ''), fieldTerms(fields ?? '')]
    return {
      matches: (object) => byLabels(object.metadata.labels) && byFields(object),
      labels: ofLabels.terms,
      fields: ofFields.terms,
      complete: ofLabels.complete && ofFields.complete,
    }
  } catch (error) {
    if (isSelectorError(error)) throw badRequest(error.message)
    throw error
  }
}
