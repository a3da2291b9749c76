import type { Service } from '../../generated/types.gen.ts'
import { semanticEqual } from '../../equal.ts'
import type { Draft } from '../../object.ts'
import { carryOver, keepAllButStatus } from '../../strategy.ts'
import { hasClusterIP, hasNodePorts, isExternallyAccessible, needsHealthCheck } from './traits.ts'

/** Every ready node's kernel has the Service's rules. Portolan's own; Gateways have one of the same name and meaning. */
export const PROGRAMMED = 'Programmed'

/** A new Service has no load balancer yet. As upstream's `pkg/registry/core/service/strategy.go`. */
export function prepareForCreate(service: Draft<Service>): void {
  service.status = { loadBalancer: {} }
}

/** Allocation comes after this and before validation. */
export function prepareForUpdate(service: Draft<Service>, old: Service, subresource: '' | 'status'): void {
  if (subresource === 'status') {
    keepAllButStatus(service, old)
    if (!semanticEqual(service.status?.loadBalancer, old.status?.loadBalancer)) dropProgrammed(service)
    return
  }
  carryOver(service, old, 'status')
  dropTypeDependentFields(service, old)
  if (!semanticEqual(service.spec, old.spec) || !semanticEqual(service.metadata.labels, old.metadata.labels))
    dropProgrammed(service)
}

/** What the nodes said was of the Service as it was. In the same write, so that who waits for the condition never meets an old one. */
function dropProgrammed(service: Draft<Service>): void {
  const { conditions } = service.status ?? {}
  const others = conditions?.filter(({ type }) => type !== PROGRAMMED)
  if (others && others.length < conditions!.length) service.status = { ...(service.status as object), conditions: others }
}

type Spec = NonNullable<Service['spec']>

/**
 * A change of type lets go of what the new type can't have, where the writer left it as it was: whoever writes
 * `type: ClusterIP` over a NodePort Service need not clear each node port by hand. What the writer did change stays, and
 * validation complains. As upstream's function of the same name.
 */
function dropTypeDependentFields(service: Draft<Service>, old: Service): void {
  const spec: Draft<Spec> = service.spec ?? {}
  const was: Spec = old.spec ?? {}
  const unchanged = (field: keyof Spec): boolean => semanticEqual(spec[field], was[field])
  const drop = (...fields: (keyof Spec)[]): void => fields.filter(unchanged).forEach((field) => delete spec[field])

  if (hasClusterIP(was) && !hasClusterIP(spec)) {
    if (unchanged('clusterIP') && unchanged('clusterIPs')) drop('clusterIP', 'clusterIPs')
    drop('ipFamilies', 'ipFamilyPolicy')
  }
  if (hasNodePorts(was) && !hasNodePorts(spec) && !asksForNewNodePorts(spec, was)) {
    for (const port of spec.ports ?? []) delete port.nodePort
  }
  if (needsHealthCheck(was) && !needsHealthCheck(spec)) drop('healthCheckNodePort')
  if (was.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass')
  if (isExternallyAccessible(was) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy')
  if (spec.type !== 'LoadBalancer') service.status = { ...(service.status as object), loadBalancer: {} }
}

function asksForNewNodePorts(spec: Spec, was: Spec): boolean {
  const known = new Set(was.ports?.map((port) => port.nodePort))
  return (spec.ports ?? []).some((port) => port.nodePort && !known.has(port.nodePort))
}
