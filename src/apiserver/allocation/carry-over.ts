import { mayHaveNodePorts, needsClusterIP, needsHealthCheckPort, same } from './service.ts'
import type { Spec, SpecDraft, Versions } from './service.ts'

/**
 * Fills in what was allocated before and what the writer left out, so that writing the same manifest twice changes
 * nothing. As upstream's `patchAllocatedValues`.
 */
export function carryOver(after: SpecDraft, before: Spec): void {
  if (needsClusterIP(before) && needsClusterIP(after)) {
    if (!after.clusterIP) after.clusterIP = before.clusterIP
    if (!after.clusterIPs?.length && after.clusterIP === before.clusterIP) after.clusterIPs = [...(before.clusterIPs ?? [])]
  }
  if (mayHaveNodePorts(before) && mayHaveNodePorts(after)) carryOverNodePorts(after, before)
  if (needsHealthCheckPort(before) && needsHealthCheckPort(after)) after.healthCheckNodePort ||= before.healthCheckNodePort
}

/** Ports are the same when their names are; a number that is used for another port already isn't given again. */
function carryOverNodePorts(after: SpecDraft, before: Spec): void {
  const wanted = new Set((after.ports ?? []).map(({ nodePort }) => nodePort))
  const used = new Set((before.ports ?? []).map(({ nodePort }) => nodePort).filter((port) => port && wanted.has(port)))
  const byName = new Map((before.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]))
  for (const port of after.ports ?? []) {
    const old = byName.get(port.name ?? '')
    if (port.nodePort || !old || used.has(old)) continue
    port.nodePort = old
    used.add(old)
  }
}

/**
 * Keeps `clusterIP` and `clusterIPs` in step for clients that know only the first. As upstream's
 * `normalizeClusterIPs`; what can't be brought into step is left to validation.
 */
export function normalizeClusterIPs({ after, before }: Versions): void {
  if (!before) {
    if (after.clusterIP && !after.clusterIPs?.length) after.clusterIPs = [after.clusterIP]
    return
  }
  if (before.clusterIPs?.length && !after.clusterIPs?.length && before.clusterIP === after.clusterIP) {
    after.clusterIPs = [...before.clusterIPs]
  }
  if (before.clusterIP === after.clusterIP || !same(before.clusterIPs, after.clusterIPs)) return
  if (after.clusterIP) after.clusterIPs = [after.clusterIP]
  else if (before.clusterIP) delete after.clusterIPs
}
