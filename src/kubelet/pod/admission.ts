import {
  type Amounts,
  matchesNodeAffinity,
  type Node,
  type Pod,
  podRequests,
  qosClass,
  quantityMilliValue,
  untoleratedTaints,
} from '../../api/index.ts'
import { refusedAppArmor } from '../container/app-armor.ts'
import { refusedSysctl } from '../container/sysctls.ts'
import { refusedUnderPressure } from '../eviction/plan.ts'
import type { Failure } from './limits.ts'

export interface AdmissionFacts {
  /** As the API has it; undefined when it isn't known yet. */
  readonly node: Node | undefined
  /** The Pods that the node has let in and that have not ended. */
  readonly others: readonly Pod[]
  /** What the node has too little of, as its conditions name it. */
  readonly pressures: readonly string[]
  /** Whether the machine enforces profiles of AppArmor. */
  readonly appArmor: boolean
}

/** What the node refuses a Pod for before anything of it is there; undefined for nearly all. Pure. */
export function refusalOf(pod: Pod, facts: AdmissionFacts): Failure | undefined {
  const quality = pod.status?.qosClass ?? qosClass(pod)
  return (
    refusedUnderPressure(pod, facts.pressures, quality) ??
    refusedSysctl(pod) ??
    otherSystem(pod) ??
    refusedAppArmor(pod, facts.appArmor) ??
    tooMuch(pod, facts) ??
    wrongNode(pod, facts) ??
    takenPorts(pod, facts)
  )
}

const otherSystem = ({ spec }: Pod): Failure | undefined =>
  spec?.os && spec.os.name !== 'linux'
    ? { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" }
    : undefined

/** In thousandths, as is what {@link podRequests} answers. */
const THOUSAND = 1000

/** What the node has too little of: a scheduler would have known, so somebody has named the node by hand (pkg/kubelet/lifecycle/predicate.go). */
function tooMuch(pod: Pod, { node, others }: AdmissionFacts): Failure | undefined {
  const allocatable = amountsOf(node?.status?.allocatable)
  const most = (allocatable.get('pods') ?? Infinity) / THOUSAND
  if (others.length + 1 > most) return outOf('pods', { requested: 1, used: others.length, capacity: most })
  for (const [name, requested] of podRequests(pod)) {
    const capacity = allocatable.get(name)
    if (requested === 0 || capacity === undefined) continue
    const used = others.reduce((sum, other) => sum + (podRequests(other).get(name) ?? 0), 0)
    if (used + requested <= capacity) continue
    const unit = name === 'cpu' ? 1 : THOUSAND
    return outOf(name, { requested: requested / unit, used: used / unit, capacity: capacity / unit })
  }
  return undefined
}

const amountsOf = (allocatable: Readonly<Record<string, string>> = {}): Amounts =>
  new Map(Object.entries(allocatable).map(([name, quantity]) => [name, quantityMilliValue(quantity)]))

const outOf = (name: string, { requested, used, capacity }: Record<'requested' | 'used' | 'capacity', number>): Failure => ({
  reason: `OutOf${name}`,
  message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
})

/** A Pod that has run here before is let in although labels and taints have changed meanwhile. */
function wrongNode(pod: Pod, { node }: AdmissionFacts): Failure | undefined {
  if (!node || pod.status?.startTime !== undefined) return undefined
  if (!matchesNodeAffinity(pod, node)) return failed('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  const repelled = untoleratedTaints(pod, node.spec?.taints).some(({ effect }) => effect === 'NoExecute')
  return repelled ? failed('TaintToleration', "node(s) had taints that the pod didn't tolerate") : undefined
}

function takenPorts(pod: Pod, { others }: AdmissionFacts): Failure | undefined {
  const wanted = portsOf(pod)
  if (wanted.length === 0) return undefined
  const taken = others.flatMap(portsOf)
  const collide = (a: Port, b: Port): boolean =>
    a.protocol === b.protocol && a.port === b.port && (a.ip === ANY || b.ip === ANY || a.ip === b.ip)
  if (!wanted.some((port) => taken.some((other) => collide(port, other)))) return undefined
  return failed('NodePorts', "node(s) didn't have free ports for the requested pod ports")
}

const failed = (name: string, why: string): Failure => ({ reason: name, message: `Predicate ${name} failed: ${why}` })

interface Port {
  readonly protocol: string
  readonly ip: string
  readonly port: number
}

const ANY = '0.0.0.0'

const portsOf = ({ spec }: Pod): Port[] => {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...(spec?.containers ?? []), ...sidecars]
    .flatMap(({ ports = [] }) => ports)
    .flatMap(({ hostPort, hostIP, protocol = 'TCP' }) => (hostPort ? [{ protocol, ip: hostIP || ANY, port: hostPort }] : []))
}
