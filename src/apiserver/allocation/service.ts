import type { Service } from '../../api/index.ts'
import type { Draft } from '../api.ts'

export type ServiceDraft = Draft<Service>
export type Spec = NonNullable<Service['spec']>
export type SpecDraft = NonNullable<ServiceDraft['spec']>

/** Two of the same type that must not be taken for each other. */
export interface Versions {
  readonly after: SpecDraft
  /** Undefined for a new Service. */
  readonly before: Spec | undefined
}

export const specOf = (service: Service | ServiceDraft): SpecDraft => (service.spec ?? {}) as SpecDraft

export const needsClusterIP = ({ type }: Spec): boolean => type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer'

export const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false)

/** Types that may have node ports, whether they are given them or not. */
export const mayHaveNodePorts = ({ type }: Spec): boolean => type === 'NodePort' || type === 'LoadBalancer'

export const needsHealthCheckPort = ({ type, externalTrafficPolicy }: Spec): boolean =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local'

export const isHeadless = ({ clusterIP, clusterIPs }: Spec): boolean => clusterIP === 'None' || clusterIPs?.[0] === 'None'

/** The addresses that a Service holds; none when it is headless or a mere name. */
export const addressesOf = (spec: Spec | undefined): readonly string[] =>
  !spec || spec.type === 'ExternalName' || isHeadless(spec) ? [] : (spec.clusterIPs ?? []).filter((address) => address !== '')

/** Every node port that a Service holds, that of its health check among them. */
export function nodePortsOf(spec: Spec | undefined): number[] {
  const ports = (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []))
  if (spec && needsHealthCheckPort(spec) && spec.healthCheckNodePort) ports.push(spec.healthCheckNodePort)
  return [...new Set(ports)]
}

export const same = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  (a ?? []).length === (b ?? []).length && (a ?? []).every((item, index) => item === b?.[index])
