import type { ServiceSpec } from '../../generated/types.gen.ts'

/** Which fields a Service of a type has, as upstream's `pkg/api/service/util.go`. */
export const hasClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName'

export const hasNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer'

export const needsHealthCheck = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local'

export const isExternallyAccessible = (spec: ServiceSpec): boolean =>
  hasNodePorts(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0)

/** Headless in the sense of validation: the one and only cluster IP is `None`. */
export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None'
