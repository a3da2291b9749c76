import type { PodDisruptionBudget } from '../generated/types.gen.ts'
import { invalid } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { validateAtMostAll, validateIntOrPercent } from '../numbers.ts'
import { age, integer, text } from '../printing/columns.ts'
import { podDisruptionBudgets } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateLabelSelector } from '../validate-selector.ts'

const orNone = (amount: number | string | undefined): string => String(amount ?? 'N/A')

export const podDisruptionBudget = defineKind<PodDisruptionBudget>(podDisruptionBudgets, {
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  shortNames: ['pdb'],
  subresources: ['status'],
  ...specAndStatus<PodDisruptionBudget>({ generation: true }),
  validate,
  columns: [
    text('Min Available', 'The minimum number of pods that must be available.', (object) => orNone(object.spec?.minAvailable)),
    text('Max Unavailable', 'The maximum number of pods that may be unavailable.', (object) =>
      orNone(object.spec?.maxUnavailable),
    ),
    integer(
      'Allowed Disruptions',
      'Calculated number of pods that may be disrupted at this time.',
      (object) => object.status?.disruptionsAllowed ?? 0,
    ),
    age,
  ],
})

/** As upstream's `ValidatePodDisruptionBudgetSpec`. */
function validate({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const { minAvailable, maxUnavailable } = spec
  const found: FieldError[] = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    found.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  }
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (value === undefined) continue
    found.push(...validateIntOrPercent(`spec.${field}`, value), ...validateAtMostAll(`spec.${field}`, value))
  }
  return [...found, ...validateLabelSelector('spec.selector', spec.selector)]
}
