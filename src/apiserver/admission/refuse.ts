import type { StatusError } from '../http/status-error.ts'
import { forbidden } from '../http/status-error.ts'
import type { Admitting } from './admit.ts'

/** As upstream's `admission.NewForbidden`. */
export const refusal = ({ kind, object }: Admitting, why: string): StatusError => {
  const name = object.metadata.name || object.metadata.generateName
  return forbidden({ group: kind.group, plural: kind.plural, ...(name && { name }) }, why)
}
