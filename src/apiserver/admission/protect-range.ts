import { FINALIZER } from '../upkeep/plan-ranges.ts'
import type { Admit } from './admit.ts'

/** From its first moment a range can't be deleted while somebody has an address of it. */
export const protectRange: Admit = ({ object, old }) => {
  const { metadata } = object
  if (!old && !metadata.finalizers?.includes(FINALIZER)) metadata.finalizers = [...(metadata.finalizers ?? []), FINALIZER]
}
