import type { Lease } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, text } from '../printing/columns.ts'
import { leases } from '../resources.ts'

export const lease = defineKind<Lease>(leases, {
  schema: 'io.k8s.api.coordination.v1.Lease',
  columns: [text('Holder', 'Who holds the lease.', (object) => object.spec?.holderIdentity ?? ''), age],
})
