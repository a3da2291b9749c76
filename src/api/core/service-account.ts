import type { ServiceAccount } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, integer } from '../printing/columns.ts'
import { serviceAccounts } from '../resources.ts'

export const serviceAccount = defineKind<ServiceAccount>(serviceAccounts, {
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  shortNames: ['sa'],
  subresources: ['token'],
  columns: [
    { ...integer('Secrets', 'How many Secrets it may use.', (object) => object.secrets?.length ?? 0), type: 'string' },
    age,
  ],
})
