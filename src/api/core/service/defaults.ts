import type { Service, ServicePort } from '../../generated/types.gen.ts'
import type { Draft } from '../../object.ts'
import { isExternallyAccessible } from './traits.ts'

/** Three hours, upstream's `DefaultClientIPServiceAffinitySeconds`. */
const DEFAULT_AFFINITY_SECONDS = 10800

/**
 * What a Service means where its writer said nothing. As upstream's `SetDefaults_Service` and `SetDefaults_ServiceSpec`;
 * addresses, families and node ports are allocated, not defaulted.
 */
export function setServiceDefaults(service: Draft<Service>): void {
  service.spec ??= {}
  const { spec } = service
  spec.sessionAffinity ||= 'None'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: DEFAULT_AFFINITY_SECONDS } }
  }
  spec.type ||= 'ClusterIP'
  spec.ports?.forEach(setPortDefaults)
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster'
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster'
  if (spec.type === 'LoadBalancer') {
    spec.allocateLoadBalancerNodePorts ??= true
    for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP'
  }
}

function setPortDefaults(port: Draft<ServicePort>): void {
  port.protocol ||= 'TCP'
  port.targetPort ||= port.port
}
