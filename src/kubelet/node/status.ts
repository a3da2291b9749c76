import type { Node, NodeCondition, NodeStatus } from '../../api/index.ts'
import { timestamp } from '../time.ts'
import type { Machine } from './machine.ts'

export interface NodeFacts {
  readonly machine: Machine
  readonly nodeName: string
  readonly nodeIPs: readonly string[]
  /** Of the kubelet's server; undefined when it has none. */
  readonly port: number | undefined
  /** Empty when the node can run Pods; otherwise why it can't yet. */
  readonly problem: string
  /** Why containers aren't kept to their limits; empty when they are. */
  readonly unlimited: string
  /** What the node has too little of, by the name of its condition. */
  readonly pressures: readonly string[]
  /** Milliseconds. */
  readonly now: number
}

/** As many as a node's range of addresses has room for; upstream's 110 is what it dares to promise of any machine. */
const MAX_PODS = '250'

interface NewNode extends Pick<NodeFacts, 'machine' | 'nodeName'> {
  readonly labels: Readonly<Record<string, string>> | undefined
}

/** The Node as a kubelet registers it. */
export const newNode = ({ machine, nodeName, labels }: NewNode): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: nodeName, labels: { ...nodeLabels(nodeName, machine), ...labels } },
})

export const nodeLabels = (nodeName: string, { info }: Machine): Record<string, string> => ({
  'beta.kubernetes.io/arch': info.architecture,
  'beta.kubernetes.io/os': info.operatingSystem,
  'kubernetes.io/arch': info.architecture,
  'kubernetes.io/hostname': nodeName,
  'kubernetes.io/os': info.operatingSystem,
})

/** What a machine has for Pods; quantities by resource name. */
export const resourcesOf = ({ cpus, storage, memory }: Machine): Record<string, string> => ({
  cpu: String(cpus),
  'ephemeral-storage': `${Math.floor(storage / 1024)}Ki`,
  memory: `${Math.floor(memory / 1024)}Ki`,
  pods: MAX_PODS,
})

/** What the kubelet reports of its node (pkg/kubelet/nodestatus); pure. Conditions of others stay. */
export function nodeStatus(node: Node, facts: NodeFacts): NodeStatus {
  const { machine, nodeName, nodeIPs, port, now } = facts
  const resources = resourcesOf(machine)
  const findings = conditionsOf(facts)
  const others = (node.status?.conditions ?? []).filter(({ type }) => !findings.some((finding) => finding.type === type))
  return {
    addresses: [...nodeIPs.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: nodeName }],
    capacity: resources,
    // What else there is of the node, others have said; all of it is for Pods.
    allocatable: { ...node.status?.capacity, ...resources },
    conditions: [...others, ...findings.map((finding) => stamped(node, finding, now))],
    ...(port !== undefined && { daemonEndpoints: { kubeletEndpoint: { Port: port } } }),
    nodeInfo: machine.info,
    features: { supplementalGroupsPolicy: true },
    runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }],
  }
}

type Finding = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>

/** Ready comes last, as upstream keeps it. */
const conditionsOf = ({ problem, unlimited, pressures }: NodeFacts): Finding[] => [
  pressures.includes('MemoryPressure')
    ? pressed('MemoryPressure', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
    : fine('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
  pressures.includes('DiskPressure')
    ? pressed('DiskPressure', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
    : fine('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
  fine('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
  unlimited === ''
    ? { type: 'ResourceLimits', status: 'True', reason: 'Enforced', message: 'containers are kept to their limits by cgroups' }
    : { type: 'ResourceLimits', status: 'False', reason: 'NotEnforced', message: `containers run without limits: ${unlimited}` },
  problem === ''
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: problem },
]

const pressed = (type: string, reason: string, message: string): Finding => ({ type, status: 'True', reason, message })
const fine = (type: string, reason: string, message: string): Finding => ({ type, status: 'False', reason, message })

function stamped({ status }: Node, finding: Finding, now: number): NodeCondition {
  const before = status?.conditions?.find(({ type }) => type === finding.type)
  const same = before?.status === finding.status && before.lastTransitionTime !== undefined
  const time = timestamp(now)
  return { ...finding, lastHeartbeatTime: time, lastTransitionTime: same ? before.lastTransitionTime : time }
}
