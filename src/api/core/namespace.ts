import type { Namespace } from '../generated/types.gen.ts'
import { invalid } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import type { Draft } from '../object.ts'
import { age, text } from '../printing/columns.ts'
import { namespaces } from '../resources.ts'
import { carryOver, keepAllButStatus } from '../strategy.ts'

/** The label by which selectors name a namespace; the server keeps it equal to the name (KEP-2161). */
const NAME_LABEL = 'kubernetes.io/metadata.name'

export const namespace = defineKind<Namespace>(namespaces, {
  schema: 'io.k8s.api.core.v1.Namespace',
  shortNames: ['ns'],
  subresources: ['status', 'finalize'],
  nameRule: 'dns-1123-label',
  setDefaults,
  prepareForCreate: (object) => {
    object.spec = { finalizers: ['kubernetes', ...(object.spec?.finalizers ?? []).filter((name) => name !== 'kubernetes')] }
    object.status = { phase: 'Active' }
  },
  validateStatusUpdate: validatePhase,
  // Finalizers are removed through `/finalize` only.
  prepareForUpdate: (object, old, subresource) => {
    if (subresource === 'status') return keepAllButStatus(object, old)
    carryOver(object, old, 'spec')
    carryOver(object, old, 'status')
  },
  selectableFields: (object) => ({ name: object.metadata.name ?? '', 'status.phase': object.status?.phase ?? '' }),
  columns: [text('Status', 'The status of the namespace', (object) => object.status?.phase ?? ''), age],
})

function setDefaults(object: Draft<Namespace>): void {
  const { name } = object.metadata
  if (name) object.metadata.labels = { ...object.metadata.labels, [NAME_LABEL]: name }
  object.status = { phase: 'Active', ...object.status }
  object.spec ??= {}
}

/** A namespace is Terminating exactly as long as it is being deleted. */
function validatePhase({ metadata, status }: Namespace): FieldError[] {
  const phase = status?.phase
  if (metadata.deletionTimestamp) {
    return phase === 'Terminating'
      ? []
      : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
  }
  return phase === 'Active' ? [] : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")]
}
