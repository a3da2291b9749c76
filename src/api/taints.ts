import type { Pod, Taint, Toleration } from './generated/types.gen.ts'

/** The taints that a Pod doesn't tolerate, whatever they do to it; empty when it tolerates them all. */
export function untoleratedTaints({ spec }: Pod, taints: readonly Taint[] = []): Taint[] {
  const tolerations = spec?.tolerations ?? []
  return taints.filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
}

/** Whether a toleration covers a taint. Source: core/v1 Toleration. An empty key with `Exists` is every taint, an empty effect every effect. */
export function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key ? key !== taint.key : operator !== 'Exists') return false
  return operator === 'Exists' || (operator === 'Equal' && value === (taint.value ?? ''))
}

/** Whether a taint keeps new Pods away. */
export const repels = ({ effect }: Taint): boolean => effect === 'NoSchedule' || effect === 'NoExecute'
