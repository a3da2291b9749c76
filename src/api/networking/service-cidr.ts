import type { ServiceCIDR } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, text } from '../printing/columns.ts'
import { serviceCIDRs } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'

export const serviceCIDR = defineKind<ServiceCIDR>(serviceCIDRs, {
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  subresources: ['status'],
  ...specAndStatus<ServiceCIDR>({ generation: false }),
  columns: [text('CIDRs', 'The ranges, at most one of each family.', (object) => object.spec?.cidrs?.join(',') ?? ''), age],
})
