import { forbidden, invalid, invalids, notSupported, required } from '../../field.ts'
import type { LoadBalancerIngress, Service, ServiceSpec } from '../../generated/types.gen.ts'
import { parseAddress, validateCIDR, validateIP } from '../../ip.ts'
import type { FieldError } from '../../kind.ts'
import { dns1123Subdomain, qualifiedName } from '../../names.ts'

const ONLY_LOAD_BALANCERS = "may only be used when `type` is 'LoadBalancer'"
/** What the field was before it was a field. */
const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges'

/** From the field or, when that is empty, from the annotation. The capital L is upstream's. */
export function validateSourceRanges({ spec = {}, metadata }: Service, old?: Service): FieldError[] {
  const { loadBalancerSourceRanges: ranges = [] } = spec
  const field = 'spec.LoadBalancerSourceRanges'
  if (ranges.length > 0) {
    const known = old?.spec?.loadBalancerSourceRanges?.map((range) => range.trim()) ?? []
    const errors = ranges.flatMap((range, index) => validateCIDR(`${field}[${index}]`, range.trim(), known))
    return [...onlyLoadBalancers(field, spec), ...errors]
  }
  const text = metadata.annotations?.[RANGES_ANNOTATION]
  if (text === undefined) return []
  const annotation = `metadata.annotations[${RANGES_ANNOTATION}]`
  const found = onlyLoadBalancers(annotation, spec)
  if (text.trim() === '' || text === old?.metadata.annotations?.[RANGES_ANNOTATION]) return found
  return [...found, ...text.split(',').flatMap((range) => validateCIDR(annotation, range.trim()))]
}

const onlyLoadBalancers = (field: string, spec: ServiceSpec): FieldError[] =>
  spec.type === 'LoadBalancer' ? [] : [forbidden(field, ONLY_LOAD_BALANCERS)]

export function validateLoadBalancerClass(spec: ServiceSpec): FieldError[] {
  const field = 'spec.loadBalancerClass'
  if (spec.loadBalancerClass === undefined) return []
  if (spec.type !== 'LoadBalancer') return [forbidden(field, ONLY_LOAD_BALANCERS)]
  return invalids(field, spec.loadBalancerClass, qualifiedName(spec.loadBalancerClass))
}

/** Whoever serves the Service has been chosen. */
export function validateLoadBalancerClassUpdate({ spec = {} }: Service, { spec: was = {} }: Service): FieldError[] {
  if (spec.type !== 'LoadBalancer') return validateLoadBalancerClass(spec)
  const changed = was.type === 'LoadBalancer' && was.loadBalancerClass !== spec.loadBalancerClass
  const found = changed ? [invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set')] : []
  return [...found, ...validateLoadBalancerClass(spec)]
}

/** As upstream's `ValidateLoadBalancerStatus`. */
export function validateServiceStatus({ spec = {}, status }: Service, old: Service): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? []
  const field = 'status.loadBalancer.ingress'
  if (spec.type !== 'LoadBalancer') {
    return ingress.length === 0 ? [] : [forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  const known = (old.status?.loadBalancer?.ingress ?? []).map(({ ip = '' }) => ip)
  return ingress.flatMap((entry, index) => validateIngress(`${field}[${index}]`, entry, known))
}

const MODES = ['Proxy', 'VIP']

function validateIngress(
  field: string,
  { ip = '', ipMode, hostname = '' }: LoadBalancerIngress,
  known: readonly string[],
): FieldError[] {
  const found = ip === '' ? [] : validateIP(`${field}.ip`, ip, known)
  if (ipMode === undefined) {
    if (ip !== '') found.push(required(`${field}.ipMode`, 'must be specified when `ip` is set'))
  } else if (ip === '') found.push(forbidden(`${field}.ipMode`, 'may not be specified when `ip` is not set'))
  else if (!MODES.includes(ipMode)) found.push(notSupported(`${field}.ipMode`, ipMode, MODES))
  if (hostname === '') return found
  found.push(...invalids(`${field}.hostname`, hostname, dns1123Subdomain(hostname)))
  if (parseAddress(hostname)) found.push(invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address'))
  return found
}
