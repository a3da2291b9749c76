import { type Container, type Node, type Pod, quantityMilliValue } from '../api/index.ts'

/** What the Pods of a node take: amounts in thousandths, by resource name, and host ports as `protocol/ip/port`. */
export interface NodeUse {
  readonly pods: number
  readonly requests: ReadonlyMap<string, number>
  readonly ports: ReadonlySet<string>
}

const ANY = '0.0.0.0'

/** Sums up the Pods of one node that have not ended. */
export function useOf(pods: readonly Pod[]): NodeUse {
  const requests = new Map<string, number>()
  for (const pod of pods) for (const [name, amount] of requestsOf(pod)) requests.set(name, (requests.get(name) ?? 0) + amount)
  return { pods: pods.length, requests, ports: new Set(pods.flatMap(hostPortsOf)) }
}

/** Undefined when the node has enough left; else upstream's reason. */
export function fitsResources(pod: Pod, node: Node, use: NodeUse): string | undefined {
  const allocatable = node.status?.allocatable ?? {}
  const pods = allocatable['pods']
  if (pods !== undefined && use.pods + 1 > Number(pods)) return 'Too many pods'
  for (const [name, amount] of requestsOf(pod)) {
    const there = allocatable[name]
    if (amount > 0 && (there === undefined || (use.requests.get(name) ?? 0) + amount > Number(quantityMilliValue(there))))
      return `Insufficient ${name}`
  }
  return undefined
}

/** A port on all addresses is in the way of the same port on any. */
export function fitsPorts(pod: Pod, use: NodeUse): boolean {
  return hostPortsOf(pod).every((wanted) => {
    const [protocol, ip, port] = wanted.split('/')
    if (ip === ANY) return ![...use.ports].some((taken) => taken.startsWith(`${protocol}/`) && taken.endsWith(`/${port}`))
    return !use.ports.has(wanted) && !use.ports.has(`${protocol}/${ANY}/${port}`)
  })
}

const hostPortsOf = (pod: Pod): string[] =>
  (pod.spec?.containers ?? [])
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map(({ protocol = 'TCP', hostIP, hostPort }) => `${protocol}/${hostIP || ANY}/${hostPort}`)

/** Containers together, or an init container if that alone needs more; plus overhead. Source: KEP-753 for sidecars. */
function requestsOf(pod: Pod): Map<string, number> {
  const { containers = [], initContainers = [], overhead = {} } = pod.spec ?? {}
  const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'
  const total = new Map<string, number>()
  for (const container of [...containers, ...initContainers.filter(isSidecar)]) addUp(total, requested(container))
  let sidecars = new Map<string, number>()
  for (const container of initContainers) {
    const needed = new Map(sidecars)
    addUp(needed, requested(container))
    if (isSidecar(container)) sidecars = needed
    for (const [name, amount] of needed) total.set(name, Math.max(total.get(name) ?? 0, amount))
  }
  addUp(
    total,
    Object.entries(overhead).map(([name, amount]) => [name, milli(amount)]),
  )
  return total
}

const requested = (container: Container): [string, number][] =>
  Object.entries(container.resources?.requests ?? {}).map(([name, amount]) => [name, milli(amount)])
const milli = (quantity: string): number => Number(quantityMilliValue(quantity))

function addUp(total: Map<string, number>, amounts: readonly [string, number][]): void {
  for (const [name, amount] of amounts) total.set(name, (total.get(name) ?? 0) + amount)
}
