import type { Container, Pod } from '../../generated/types.gen.ts'
import { quantityMilliValue } from '../../quantity.ts'

/** Amounts in thousandths, by resource name. */
export type Amounts = ReadonlyMap<string, number>

type Quantities = Readonly<Record<string, string | number>>

/** What a Pod asks for; empty when it asks for nothing. */
export const podRequests = (pod: Pod, least: Quantities = {}): Amounts =>
  total(pod, pod.spec?.resources?.requests, ({ resources }) => ({ ...least, ...resources?.requests }))

/** What a Pod may use: of each resource of which every container has a limit, or the Pod as a whole. */
export function podLimits(pod: Pod): Amounts {
  const { containers = [], initContainers = [], resources } = pod.spec ?? {}
  const bounded = (name: string): boolean =>
    resources?.limits?.[name] !== undefined ||
    [...containers, ...initContainers].every((container) => milli(container.resources?.limits?.[name] ?? '0') > 0)
  const sum = total(pod, resources?.limits, (container) => container.resources?.limits ?? {})
  return new Map([...sum].filter(([name]) => bounded(name)))
}

/**
 * Containers together, or an init container if that alone needs more; what is said of the whole Pod instead, where it is; and
 * the overhead. Source: KEP-753 for sidecars, KEP-2837 for Pods as a whole.
 */
function total({ spec }: Pod, whole: Quantities | undefined, of: (container: Container) => Quantities): Amounts {
  const { containers = [], initContainers = [], overhead = {} } = spec ?? {}
  const sum = new Map<string, number>()
  for (const container of [...containers, ...initContainers.filter(isSidecar)]) addUp(sum, amounts(of(container)))
  let sidecars = new Map<string, number>()
  for (const container of initContainers) {
    const needed = new Map(sidecars)
    addUp(needed, amounts(of(container)))
    if (isSidecar(container)) sidecars = needed
    for (const [name, amount] of needed) sum.set(name, Math.max(sum.get(name) ?? 0, amount))
  }
  for (const [name, amount] of amounts(whole ?? {})) sum.set(name, amount)
  addUp(sum, amounts(overhead))
  return sum
}

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'
const milli = (quantity: string | number): number => quantityMilliValue(quantity)
const amounts = (quantities: Quantities): Amounts =>
  new Map(Object.entries(quantities).map(([name, quantity]) => [name, milli(quantity)]))

function addUp(sum: Map<string, number>, added: Amounts): void {
  for (const [name, amount] of added) sum.set(name, (sum.get(name) ?? 0) + amount)
}
