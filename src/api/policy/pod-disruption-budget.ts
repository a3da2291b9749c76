import type { PodDisruptionBudget } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, integer, text } from '../printing/columns.ts'
import { podDisruptionBudgets } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'

const orNone = (amount: number | string | undefined): string => String(amount ?? 'N/A')

export const podDisruptionBudget = defineKind<PodDisruptionBudget>(podDisruptionBudgets, {
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  shortNames: ['pdb'],
  subresources: ['status'],
  ...specAndStatus<PodDisruptionBudget>({ generation: true }),
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
