import { invalid } from '../field.ts'
import type { Job, PodTemplateSpec } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { validateImmutable } from '../metadata.ts'

const FIXED = ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const

/** What a Job's Pods are was decided when it was made. As upstream's `ValidateJobSpecUpdate`. */
export function validateJobUpdate({ spec: now }: Job, { spec: was, status }: Job): FieldError[] {
  if (!now || !was) return []
  const resumed = was.suspend === true && status?.startTime === undefined
  const template = resumed ? withPlacement(was.template, now.template) : was.template
  return [
    ...validateCompletions(now, was),
    ...validateImmutable('spec.selector', now.selector, was.selector),
    ...validateImmutable('spec.template', now.template, template),
    ...FIXED.flatMap((field) => validateImmutable(`spec.${field}`, now[field], was[field])),
  ]
}

type Spec = NonNullable<Job['spec']>

/** A Job of numbered Pods may get more or fewer of them, all at once. */
function validateCompletions(now: Spec, was: Spec): FieldError[] {
  const field = 'spec.completions'
  if (now.completionMode !== 'Indexed') return validateImmutable(field, now.completions, was.completions)
  const { completions, parallelism } = now
  if (completions === was.completions || completions === undefined || completions === parallelism) return []
  return [invalid(field, completions, 'can only be modified in tandem with spec.parallelism')]
}

/** While a Job has not begun, where its Pods may go can still be said (KEP-2926). */
function withPlacement(was: PodTemplateSpec, now: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = now?.spec ?? {}
  const { nodeAffinity: _, ...others } = was?.spec?.affinity ?? {}
  const merged = { ...others, ...(affinity?.nodeAffinity && { nodeAffinity: affinity.nodeAffinity }) }
  const kept = affinity || Object.keys(merged).length > 0 ? merged : undefined
  const metadata = { ...was?.metadata, annotations: now?.metadata?.annotations, labels: now?.metadata?.labels }
  const spec = { ...was?.spec, nodeSelector, tolerations, schedulingGates, affinity: kept }
  return { ...was, metadata, spec } as PodTemplateSpec
}
