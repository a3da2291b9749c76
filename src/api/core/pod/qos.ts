import type { Container, Pod } from '../../generated/types.gen.ts'
import { compareQuantities } from '../../quantity.ts'

type Amounts = Readonly<Record<string, string>>
type Holder = Pick<Container, 'resources'>

const COMPUTE = ['cpu', 'memory']
const isSet = (amounts: Amounts | undefined, name: string): boolean => compareQuantities(amounts?.[name] ?? '0', '0') > 0

/**
 * Guaranteed when every container limits CPU and memory and requests as much, BestEffort when none asks for anything,
 * Burstable otherwise; what is said of the Pod as a whole goes before its containers. As upstream's `qos.ComputePodQOS`.
 */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const { containers = [], initContainers = [], resources: whole } = pod.spec ?? {}
  const asks = ({ resources }: Holder): boolean =>
    COMPUTE.some((name) => isSet(resources?.requests, name) || isSet(resources?.limits, name))
  const holders: readonly Holder[] = asks({ resources: whole }) ? [{ resources: whole }] : [...initContainers, ...containers]
  if (!holders.some(asks)) return 'BestEffort'
  const guaranteed = holders.every(({ resources }) =>
    COMPUTE.every(
      (name) =>
        isSet(resources?.limits, name) &&
        compareQuantities(resources?.requests?.[name] ?? resources?.limits?.[name] ?? '0', resources?.limits?.[name] ?? '0') ===
          0,
    ),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
