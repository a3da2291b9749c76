import { duplicate, forbidden, invalid, invalids, notSupported, required } from '../../field.ts'
import type { Service, ServiceSpec } from '../../generated/types.gen.ts'
import { validateEndpointIP, validateIP } from '../../ip.ts'
import type { FieldError } from '../../kind.ts'
import { validateLabels } from '../../metadata.ts'
import { dns1123Subdomain } from '../../names.ts'
import { isHeadless } from './traits.ts'
import { validateClusterIPs } from './validate-cluster-ips.ts'
import { validateLoadBalancerClass, validateSourceRanges } from './validate-load-balancer.ts'
import { validatePorts } from './validate-ports.ts'
import { validateTraffic } from './validate-traffic.ts'

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const AFFINITIES = ['ClientIP', 'None']
/** A day, in seconds. */
const LONGEST_AFFINITY = 86400

const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints'

/**
 * What is wrong with a Service, in upstream's words and order; empty when nothing is. It runs after defaulting and
 * allocation, which is why fields that users leave out are required here. `old` is the stored Service on updates: its
 * addresses may stay as they are. As upstream's `ValidateService` in `pkg/apis/core/validation/validation.go`.
 */
export function validateService(service: Service, old?: Service): FieldError[] {
  const spec = service.spec ?? {}
  return [
    ...validateTopologyAnnotations(service.metadata.annotations),
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels('spec.selector', spec.selector),
    ...validateAffinity(spec),
    ...validateClusterIPs(spec, old?.spec),
    ...validateExternalIPs(spec, old?.spec),
    ...validateTypeName(spec),
    ...validateNodePorts(spec),
    ...validateSourceRanges(service, old),
    ...validateNodePortAllocation(spec),
    ...validateLoadBalancerClass(spec),
    ...validateTraffic(spec),
  ]
}

function validateTopologyAnnotations(annotations: Readonly<Record<string, string>> = {}): FieldError[] {
  const { [TOPOLOGY_MODE]: mode, [TOPOLOGY_HINTS]: hints } = annotations
  if (mode === undefined || hints === undefined || mode === hints) return []
  const rule = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, rule)]
}

/** What each type demands of the other fields. */
function validateType(spec: ServiceSpec): FieldError[] {
  const found: FieldError[] = []
  const headless = isHeadless(spec)
  if (!spec.ports?.length && !headless && spec.type !== 'ExternalName') found.push(required('spec.ports'))
  if (headless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    found.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`))
  }
  return spec.type === 'ExternalName' ? [...found, ...validateExternalName(spec)] : found
}

function validateExternalName(spec: ServiceSpec): FieldError[] {
  const rule = 'may not be set for ExternalName services'
  const found: FieldError[] = []
  if (spec.clusterIPs?.length) found.push(forbidden('spec.clusterIPs', rule))
  if (spec.ipFamilies?.length) found.push(forbidden('spec.ipFamilies', rule))
  if (spec.ipFamilyPolicy !== undefined) found.push(forbidden('spec.ipFamilyPolicy', rule))
  // A trailing dot marks the name as complete.
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') found.push(required('spec.externalName'))
  else found.push(...invalids('spec.externalName', name, dns1123Subdomain(name)))
  return found
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const field = 'spec.sessionAffinity'
  if (!sessionAffinity) return [required(field)]
  if (!AFFINITIES.includes(sessionAffinity)) return [notSupported(field, sessionAffinity, AFFINITIES)]
  if (sessionAffinity === 'None') {
    return config === undefined ? [] : [forbidden(`${field}Config`, 'must not be set when session affinity is None')]
  }
  const why = 'when session affinity type is ClientIP'
  if (config === undefined) return [required(`${field}Config`, why)]
  if (config.clientIP === undefined) return [required(`${field}Config.clientIP`, why)]
  const { timeoutSeconds } = config.clientIP
  const timeout = `${field}Config.clientIP.timeoutSeconds`
  if (timeoutSeconds === undefined) return [required(timeout, why)]
  if (timeoutSeconds > 0 && timeoutSeconds <= LONGEST_AFFINITY) return []
  return [invalid(timeout, timeoutSeconds, `must be greater than 0 and less than ${LONGEST_AFFINITY}`)]
}

function validateExternalIPs(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, index) => {
    const field = `spec.externalIPs[${index}]`
    const errors = validateIP(field, ip, old?.externalIPs)
    return errors.length > 0 ? errors : validateEndpointIP(field, ip)
  })
}

function validateTypeName({ type }: ServiceSpec): FieldError[] {
  if (!type) return [required('spec.type')]
  return TYPES.includes(type) ? [] : [notSupported('spec.type', type, TYPES)]
}

function validateNodePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? []
  const found: FieldError[] = []
  if (spec.type === 'ClusterIP') {
    for (const [index, port] of ports.entries()) {
      if (port.nodePort) found.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
    }
  }
  const taken = new Set<string>()
  for (const [index, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue
    if (taken.has(`${protocol}/${nodePort}`)) found.push(duplicate(`spec.ports[${index}].nodePort`, nodePort))
    taken.add(`${protocol}/${nodePort}`)
  }
  return [...found, ...validatePortNumbers(spec)]
}

/** The same number is fine once per protocol. */
function validatePortNumbers(spec: ServiceSpec): FieldError[] {
  const taken = new Set<string>()
  return (spec.ports ?? []).flatMap(({ port, protocol }, index) => {
    if (!taken.has(`${protocol}/${port}`)) {
      taken.add(`${protocol}/${port}`)
      return []
    }
    // Upstream shows the key it looks for, a ServicePort that has nothing but these two.
    const key = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 }
    return [duplicate(`spec.ports[${index}]`, key)]
  })
}

/** The field of the second message has no `spec.` upstream either. */
function validateNodePortAllocation(spec: ServiceSpec): FieldError[] {
  const given = spec.allocateLoadBalancerNodePorts !== undefined
  if (spec.type === 'LoadBalancer') return given ? [] : [required('allocateLoadBalancerNodePorts')]
  const rule = "may only be used when `type` is 'LoadBalancer'"
  return given ? [forbidden('spec.allocateLoadBalancerNodePorts', rule)] : []
}
