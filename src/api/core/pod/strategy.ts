import type { Pod } from '../../generated/types.gen.ts'
import type { Draft } from '../../object.ts'
import { specAndStatus } from '../../strategy.ts'
import { qosClass } from './qos.ts'

const strategy = specAndStatus<Pod>({ generation: true })

export const { specChanged } = strategy

/** What is left of what earlier versions of the API let in: less than nothing is the least there is. */
function raiseGrace({ spec }: Draft<Pod>): void {
  if (spec?.terminationGracePeriodSeconds !== undefined && spec.terminationGracePeriodSeconds < 0)
    spec.terminationGracePeriodSeconds = 1
}

export const prepareForUpdate: typeof strategy.prepareForUpdate = (pod, ...rest) => {
  raiseGrace(pod)
  strategy.prepareForUpdate(pod, ...rest)
}

/** Why a Pod with gates has no node: `kubectl get` shows it. Source: pkg/registry/core/pod/strategy.go. */
const SCHEDULING_GATED = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
}

/** A new Pod is pending, and its class of service follows from its resources for good. */
export function prepareForCreate(pod: Draft<Pod>): void {
  strategy.prepareForCreate(pod)
  raiseGrace(pod)
  const gated = (pod.spec?.schedulingGates ?? []).length > 0
  pod.status = { phase: 'Pending', qosClass: qosClass(pod as Pod), ...(gated ? { conditions: [SCHEDULING_GATED] } : {}) }
}
