import type { Service, ServicePort, ServiceSpec } from '../../generated/types.gen.ts'
import { semanticEqual } from '../../equal.ts'
import type { Draft } from '../../object.ts'
import { hasClusterIP, hasNodePorts, needsHealthCheck } from './traits.ts'

/**
 * `clusterIP` and `clusterIPs[0]` are one field under two names, of which older clients know only the first: whichever
 * was written speaks for both. Contradictions stay, for validation to find. As upstream's `normalizeClusterIPs`.
 */
export function syncClusterIPs(service: Draft<Service>, old?: Service): void {
  const spec = service.spec ?? {}
  const was = old?.spec ?? {}
  const untouched = old !== undefined && semanticEqual(spec.clusterIPs, was.clusterIPs)
  if (old === undefined || (spec.clusterIP ?? '') === (was.clusterIP ?? '')) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP]
    return
  }
  if (!untouched) return
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP]
  else delete spec.clusterIPs
}

/**
 * What was allocated stays allocated though the writer didn't repeat it: `kubectl replace -f` with the manifest of the
 * creation keeps addresses and ports. As upstream's `patchAllocatedValues`.
 */
export function keepAllocated(service: Draft<Service>, old: Service): void {
  const spec = service.spec ?? {}
  const was = old.spec ?? {}
  if (hasClusterIP(was) && hasClusterIP(spec)) {
    if (!spec.clusterIP && was.clusterIP) spec.clusterIP = was.clusterIP
    if (!spec.clusterIPs?.length && was.clusterIPs?.length) spec.clusterIPs = [...was.clusterIPs]
  }
  if (hasNodePorts(was) && hasNodePorts(spec)) keepNodePorts(spec, was)
  if (needsHealthCheck(was) && needsHealthCheck(spec) && was.healthCheckNodePort) {
    spec.healthCheckNodePort ||= was.healthCheckNodePort
  }
}

/** A port keeps its node port by its name, unless another port has taken it. */
function keepNodePorts(spec: Draft<ServiceSpec>, was: ServiceSpec): void {
  const before = new Set(was.ports?.map((port) => port.nodePort))
  const taken = new Set((spec.ports ?? []).map((port) => port.nodePort).filter((nodePort) => nodePort && before.has(nodePort)))
  const byName = new Map(was.ports?.map((port) => [nameOf(port), port.nodePort]))
  for (const port of spec.ports ?? []) {
    const known = byName.get(nameOf(port))
    if (port.nodePort || !known || taken.has(known)) continue
    port.nodePort = known
    taken.add(known)
  }
}

const nameOf = (port: Pick<ServicePort, 'name'>): string => port.name ?? ''
