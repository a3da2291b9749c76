import { type Amounts, type Container, type Node, type Pod, podRequests, quantityMilliValue } from '../api/index.ts'

/** What the Pods of a node take. */
export interface NodeUse {
  readonly pods: number
  readonly requests: Amounts
  /** The same with something for containers that ask for nothing, so that they count when nodes are compared. */
  readonly estimates: Amounts
  /** As `protocol/ip/port`. */
  readonly ports: ReadonlySet<string>
}

const ANY = '0.0.0.0'
/** What a container counts for that doesn't say. Source: pkg/scheduler/util/pod_resources.go. */
const ESTIMATE = { cpu: '100m', memory: '200Mi' }

/** Sums up the Pods of one node that have not ended. */
export function useOf(pods: readonly Pod[]): NodeUse {
  const requests = new Map<string, number>()
  const estimates = new Map<string, number>()
  for (const pod of pods) {
    addUp(requests, podRequests(pod))
    addUp(estimates, estimatesOf(pod))
  }
  return { pods: pods.length, requests, estimates, ports: new Set(pods.flatMap(hostPortsOf)) }
}

/** What a node has too little of. */
interface Lack {
  readonly reason: string
  /** Whether the empty node would have too little too. */
  readonly never: boolean
}

/** Empty when the node has enough left for the Pod. */
export function lacking(pod: Pod, node: Node, use: NodeUse): Lack[] {
  const lacks: Lack[] = []
  const most = node.status?.allocatable?.['pods']
  if (most !== undefined && use.pods + 1 > Number(most)) lacks.push({ reason: 'Too many pods', never: false })
  for (const [name, amount] of podRequests(pod)) {
    const there = allocatable(node, name)
    if (amount > 0 && (use.requests.get(name) ?? 0) + amount > there)
      lacks.push({ reason: `Insufficient ${name}`, never: amount > there })
  }
  return lacks
}

/** How much there is on the empty node, in thousandths; 0 when it doesn't say. */
export const allocatable = (node: Node, name: string): number => milli(node.status?.allocatable?.[name] ?? '0')

/** Whether another Pod has one of the Pod's host ports: a port on all addresses is in the way of the same port on any. */
export function collides(pod: Pod, use: NodeUse): boolean {
  return hostPortsOf(pod).some((wanted) => {
    const [protocol, ip, port] = wanted.split('/')
    if (ip === ANY) return [...use.ports].some((taken) => taken.startsWith(`${protocol}/`) && taken.endsWith(`/${port}`))
    return use.ports.has(wanted) || use.ports.has(`${protocol}/${ANY}/${port}`)
  })
}

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

const hostPortsOf = ({ spec }: Pod): string[] =>
  [...(spec?.containers ?? []), ...(spec?.initContainers ?? []).filter(isSidecar)]
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map(({ protocol = 'TCP', hostIP, hostPort }) => `${protocol}/${hostIP || ANY}/${hostPort}`)

/** What a Pod is thought to need. */
export const estimatesOf = (pod: Pod): Amounts => podRequests(pod, ESTIMATE)

const milli = (quantity: string): number => quantityMilliValue(quantity)

function addUp(total: Map<string, number>, added: Amounts): void {
  for (const [name, amount] of added) total.set(name, (total.get(name) ?? 0) + amount)
}
