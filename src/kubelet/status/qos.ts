import type { Container, Pod } from '../../api/index.ts'
import { allContainers } from '../pod/state.ts'

const RESOURCES = ['cpu', 'memory'] as const

/** Guaranteed, Burstable or BestEffort (pkg/apis/core/v1/helper/qos). */
export function qosClass(pod: Pod): string {
  const containers = allContainers(pod)
  if (containers.every(asksForNothing)) return 'BestEffort'
  return containers.every(isGuaranteed) ? 'Guaranteed' : 'Burstable'
}

const isSet = (quantity: string | undefined): quantity is string => quantity !== undefined && Number.parseFloat(quantity) !== 0

const asksForNothing = ({ resources }: Container): boolean =>
  RESOURCES.every((name) => !isSet(resources?.requests?.[name]) && !isSet(resources?.limits?.[name]))

const isGuaranteed = ({ resources }: Container): boolean =>
  RESOURCES.every((name) => {
    const limit = resources?.limits?.[name]
    return isSet(limit) && (resources?.requests?.[name] ?? limit) === limit
  })
