import { type Container, type Pod, quantityMilliValue, type ResourceFieldSelector } from '../../api/index.ts'

/** What a node has for all of its Pods, for containers that set no limit. Quantities by resource name. */
export type Allocatable = Readonly<Record<string, string>>

/**
 * The value of `resourceFieldRef`: a container's limit or request in units of the divisor, rounded up. Without a limit it is what the
 * node has, without a request it is nothing (pkg/api/v1/resource/helpers.go). Undefined for a container or resource that isn't there.
 */
export function resourceValue(
  pod: Pod,
  { containerName, resource, divisor }: ResourceFieldSelector,
  { container, allocatable }: { readonly container?: Container | undefined; readonly allocatable: Allocatable },
): string | undefined {
  const { containers = [], initContainers = [] } = pod.spec ?? {}
  const named = containerName ? [...containers, ...initContainers].find(({ name }) => name === containerName) : container
  const [, kind, name = ''] = /^(limits|requests)\.(.+)$/.exec(resource) ?? []
  if (!named || !kind) return undefined
  const { limits = {}, requests = {} } = named.resources ?? {}
  const amount = kind === 'limits' ? (limits[name] ?? allocatable[name]) : requests[name]
  return inUnits(amount ?? '0', divisor && divisor !== '0' ? divisor : '1')
}

const inUnits = (amount: string, divisor: string): string => {
  const [thousandths, unit] = [BigInt(quantityMilliValue(amount)), BigInt(quantityMilliValue(divisor))]
  return String((thousandths + unit - 1n) / unit)
}
