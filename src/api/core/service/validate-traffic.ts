import { forbidden, invalid, invalids, notSupported, required } from '../../field.ts'
import type { Service, ServiceSpec } from '../../generated/types.gen.ts'
import type { FieldError } from '../../kind.ts'
import { portNumber } from '../../names.ts'
import { hasClusterIP, isExternallyAccessible, needsHealthCheck } from './traits.ts'

const POLICIES = ['Cluster', 'Local']
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode']

/** Who may take the traffic: the two policies, the health check port that one of them needs, the distribution. */
export const validateTraffic = (spec: ServiceSpec): FieldError[] => [
  ...validateExternalPolicy(spec),
  ...validateHealthCheck(spec),
  ...validateInternalPolicy(spec),
  ...validateDistribution(spec),
]

function validateExternalPolicy(spec: ServiceSpec): FieldError[] {
  const field = 'spec.externalTrafficPolicy'
  const { externalTrafficPolicy: policy } = spec
  if (!isExternallyAccessible(spec)) {
    return policy ? [invalid(field, policy, 'may only be set for externally-accessible services')] : []
  }
  if (!policy) return [required(field)]
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)]
}

function validateHealthCheck(spec: ServiceSpec): FieldError[] {
  const field = 'spec.healthCheckNodePort'
  const { healthCheckNodePort: port = 0 } = spec
  if (!needsHealthCheck(spec)) {
    const rule = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    return port === 0 ? [] : [invalid(field, port, rule)]
  }
  return port === 0 ? [required(field)] : invalids(field, port, portNumber(port))
}

function validateInternalPolicy(spec: ServiceSpec): FieldError[] {
  const field = 'spec.internalTrafficPolicy'
  const { internalTrafficPolicy: policy } = spec
  if (policy === undefined) return spec.type && hasClusterIP(spec) ? [required(field)] : []
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)]
}

function validateDistribution({ trafficDistribution: wish }: ServiceSpec): FieldError[] {
  if (wish === undefined || DISTRIBUTIONS.includes(wish)) return []
  return [notSupported('spec.trafficDistribution', wish, DISTRIBUTIONS)]
}

/** Load balancers have been told the port. */
export function validateHealthCheckUpdate({ spec = {} }: Service, { spec: was = {} }: Service): FieldError[] {
  if (!needsHealthCheck(was) || !needsHealthCheck(spec) || spec.healthCheckNodePort === was.healthCheckNodePort) return []
  return [forbidden('spec.healthCheckNodePort', 'field is immutable')]
}
