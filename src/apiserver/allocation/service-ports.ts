import { invalid as invalidField } from '../../api/machinery/index.ts'
import { internalError } from '../http/status-error.ts'
import { Refused } from './cluster-ips.ts'
import { PortError } from './node-ports.ts'
import type { PortOperation } from './node-ports.ts'
import { mayHaveNodePorts, needsHealthCheckPort, needsNodePorts } from './service.ts'
import type { Spec, SpecDraft, Versions } from './service.ts'

/**
 * Puts the node ports of a Service into its draft, and gives back those that it doesn't have any more. Throws
 * {@link Refused} when one that was wanted can't be had. As upstream's `txnAllocNodePorts` and `txnUpdateNodePorts`.
 */
export function changeNodePorts({ after, before }: Versions, operation: PortOperation): void {
  if (before && mayHaveNodePorts(before) && !mayHaveNodePorts(after)) for (const port of portsOf(before)) operation.release(port)
  if (mayHaveNodePorts(after)) {
    if (before) updatePorts({ after, before }, operation)
    else allocatePorts(after, operation)
  }
  changeHealthCheckPort({ after, before }, operation)
}

const portsOf = ({ ports }: Spec): number[] => [...new Set((ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])))]

/** Ports of the same number with different protocols share a node port. */
function allocatePorts(spec: SpecDraft, operation: PortOperation): void {
  const given = new Map<number, number>()
  for (const [index, port] of (spec.ports ?? []).entries()) {
    if (!port.nodePort && !needsNodePorts(spec)) continue
    const shared = given.get(port.port)
    if (shared !== undefined) {
      if (!port.nodePort) port.nodePort = shared
      else if (port.nodePort !== shared) takeWanted(operation, index, port.nodePort)
      continue
    }
    const wanted = spec.ports?.find((candidate) => candidate.port === port.port && candidate.nodePort)?.nodePort
    if (wanted) takeWanted(operation, index, wanted)
    port.nodePort = wanted ?? takeAny(operation)
    given.set(port.port, port.nodePort)
  }
}

function updatePorts({ after, before }: { after: SpecDraft; before: Spec }, operation: PortOperation): void {
  const held = new Set(portsOf(before))
  const taken = new Set<number>()
  for (const [index, port] of (after.ports ?? []).entries()) {
    if (port.nodePort) {
      if (held.has(port.nodePort) || taken.has(port.nodePort)) continue
      takeWanted(operation, index, port.nodePort)
      taken.add(port.nodePort)
    } else if (needsNodePorts(after)) port.nodePort = takeAny(operation)
  }
  const kept = new Set(portsOf(after))
  for (const port of held) if (!kept.has(port)) operation.release(port)
}

function changeHealthCheckPort({ after, before }: Versions, operation: PortOperation): void {
  const needed = before !== undefined && needsHealthCheckPort(before)
  const needs = needsHealthCheckPort(after)
  if (needed && !needs && before.healthCheckNodePort) operation.release(before.healthCheckNodePort)
  if (needed || !needs) return
  const wanted = after.healthCheckNodePort
  try {
    if (wanted) operation.take(wanted)
    else after.healthCheckNodePort = operation.takeAny()
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    const what = wanted ? `requested HealthCheck NodePort ${wanted}` : 'a HealthCheck NodePort 0'
    throw internalError(`failed to allocate ${what}: ${error.message}`)
  }
}

function takeWanted(operation: PortOperation, index: number, port: number): void {
  try {
    operation.take(port)
  } catch (error) {
    if (!(error instanceof PortError)) throw error
    throw new Refused([invalidField(`spec.ports[${index}].nodePort`, port, error.message)])
  }
}

function takeAny(operation: PortOperation): number {
  try {
    return operation.takeAny()
  } catch (error) {
    if (error instanceof PortError) throw internalError(`failed to allocate a nodePort: ${error.message}`)
    throw error
  }
}
