import type { Pod } from '../../generated/types.gen.ts'
import type { Draft } from '../../object.ts'
import { specAndStatus } from '../../strategy.ts'
import { qosClass } from './qos.ts'

const strategy = specAndStatus<Pod>({ generation: true })

export const { prepareForUpdate, specChanged } = strategy

/** A new Pod is pending, and its class of service follows from its resources for good. */
export function prepareForCreate(pod: Draft<Pod>): void {
  strategy.prepareForCreate(pod)
  pod.status = { phase: 'Pending', qosClass: qosClass(pod as Pod) }
}
