import type { Pod, Taint, Toleration } from '../api/index.ts'

/** The first taint that keeps new Pods away and that this one doesn't tolerate; undefined when there is none. */
export const untoleratedTaint = (pod: Pod, taints: readonly Taint[]): Taint | undefined =>
  taints.find(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !(pod.spec?.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  )

/** Source: core/v1 Toleration. An empty key with `Exists` is every taint, an empty effect every effect. */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false
  if (key ? key !== taint.key : operator !== 'Exists') return false
  return operator === 'Exists' || value === (taint.value ?? '')
}
