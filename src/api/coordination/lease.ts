import type { Lease } from '../generated/types.gen.ts'
import { invalid } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { validateNonNegative } from '../numbers.ts'
import { age, text } from '../printing/columns.ts'
import { leases } from '../resources.ts'

export const lease = defineKind<Lease>(leases, {
  schema: 'io.k8s.api.coordination.v1.Lease',
  validate,
  columns: [text('Holder', 'Who holds the lease.', (object) => object.spec?.holderIdentity ?? ''), age],
})

function validate({ spec: { leaseDurationSeconds, leaseTransitions } = {} }: Lease): FieldError[] {
  const lasting = leaseDurationSeconds === undefined || leaseDurationSeconds > 0
  return [
    ...(lasting ? [] : [invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0')]),
    ...validateNonNegative('spec.leaseTransitions', leaseTransitions),
  ]
}
