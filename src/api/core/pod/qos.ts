import type { Pod } from '../../generated/types.gen.ts'
import { compareQuantities } from '../../quantity.ts'

type Amounts = Readonly<Record<string, string>>

const COMPUTE = ['cpu', 'memory']
const isSet = (amounts: Amounts | undefined, name: string): boolean => compareQuantities(amounts?.[name] ?? '0', '0') > 0

/**
 * Guaranteed when every container limits CPU and memory and requests as much, BestEffort when none asks for anything,
 * Burstable otherwise. As upstream's `qos.ComputePodQOS`.
 */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const asked = containers.some(({ resources }) =>
    COMPUTE.some((name) => isSet(resources?.requests, name) || isSet(resources?.limits, name)),
  )
  if (!asked) return 'BestEffort'
  const guaranteed = containers.every(({ resources }) =>
    COMPUTE.every(
      (name) =>
        isSet(resources?.limits, name) &&
        compareQuantities(resources?.requests?.[name] ?? resources?.limits?.[name] ?? '0', resources?.limits?.[name] ?? '0') ===
          0,
    ),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
