import type { ServiceCIDR } from '../generated/types.gen.ts'
import { invalid, required } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import { parseRange, validateCanonicalCIDR } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import { validateImmutable } from '../metadata.ts'
import { age, text } from '../printing/columns.ts'
import { serviceCIDRs } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'

export const serviceCIDR = defineKind<ServiceCIDR>(serviceCIDRs, {
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  subresources: ['status'],
  validate,
  validateUpdate: (object, old) => validateImmutable('spec.cidrs', object.spec?.cidrs, old.spec?.cidrs),
  ...specAndStatus<ServiceCIDR>({ generation: false }),
  columns: [text('CIDRs', 'The ranges, at most one of each family.', (object) => object.spec?.cidrs?.join(',') ?? ''), age],
})

/** One range, or one of each family. As upstream's `ValidateServiceCIDR`. */
function validate({ spec: { cidrs = [] } = {} }: ServiceCIDR): FieldError[] {
  const field = 'spec.cidrs'
  if (cidrs.length === 0) return [required(field, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(field, cidrs, 'may only hold up to 2 values')]
  const [one, two] = cidrs.map((cidr) => parseRange(cidr)?.address.family)
  if (cidrs.length === 2 && one !== undefined && one === two) {
    return [invalid(field, cidrs, 'may specify no more than one IP for each IP family')]
  }
  return cidrs.flatMap((cidr, index) => validateCanonicalCIDR(`${field}[${index}]`, cidr))
}
