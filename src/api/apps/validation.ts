/** What the workloads have in common: a selector, a template that it matches, and how one template follows another. */
import { validatePodTemplate } from '../core/pod/validation/pod.ts'
import { forbidden, invalid, notSupported, required } from '../field.ts'
import type { DeploymentSpec, LabelSelector, PodTemplateSpec } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { isSelectorError, labelSelectorPredicate } from '../label-selectors.ts'
import { isNone, validateAtMostAll, validateIntOrPercent } from '../numbers.ts'
import { isEmptySelector, validateLabelSelector } from '../validate-selector.ts'

/** `kind` as messages name it; upstream says `deployment` of a ReplicaSet too. */
export function validateSelector(selector: LabelSelector | undefined, kind = 'deployment'): FieldError[] {
  if (!selector) return [required('spec.selector')]
  const found = validateLabelSelector('spec.selector', selector)
  if (isEmptySelector(selector)) found.push(invalid('spec.selector', selector, `empty selector is invalid for ${kind}`))
  return found
}

interface TemplateRules {
  /** Whether a Pod with these labels is selected; undefined when the selector itself is wrong. */
  readonly selects: ((labels: Readonly<Record<string, string>>) => boolean) | undefined
  /** As messages name the kind: `ReplicaSet`. */
  readonly kind: string
}

/** Pods that a controller makes must be its own, and must be restarted. As upstream's `ValidatePodTemplateSpecForReplicaSet`. */
export function validateTemplate(template: PodTemplateSpec | undefined, { selects, kind }: TemplateRules): FieldError[] {
  const field = 'spec.template'
  if (!template) return [required(field)]
  const labels = template.metadata?.labels ?? {}
  const found: FieldError[] = []
  if (selects && !selects(labels))
    found.push(invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`'))
  found.push(...validatePodTemplate(field, template))
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {}
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    found.push(notSupported(`${field}.spec.restartPolicy`, restartPolicy, ['Always']))
  }
  if (activeDeadlineSeconds !== undefined) {
    found.push(forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`))
  }
  return found
}

/** The predicate of a selector, or undefined when it can't be made sense of: that is told elsewhere. */
export function selects(selector: LabelSelector | undefined): TemplateRules['selects'] {
  try {
    return selector && labelSelectorPredicate(selector)
  } catch (error) {
    if (isSelectorError(error)) return undefined
    throw error
  }
}

/** As upstream's `ValidateDeploymentStrategy`. */
export function validateStrategy({ strategy = {} }: DeploymentSpec): FieldError[] {
  const field = 'spec.strategy'
  const { type, rollingUpdate } = strategy
  if (type === 'Recreate') {
    const rule = "may not be specified when strategy `type` is 'Recreate'"
    return rollingUpdate ? [forbidden(`${field}.rollingUpdate`, rule)] : []
  }
  if (type !== 'RollingUpdate') {
    // Upstream shows the whole strategy, in Go's names.
    const shown = { Type: type, RollingUpdate: rollingUpdate ?? null }
    return [notSupported(field, shown, ['Recreate', 'RollingUpdate'])]
  }
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')]
  return validateRollingUpdate(`${field}.rollingUpdate`, rollingUpdate)
}

interface RollingUpdate {
  readonly maxUnavailable?: number | string
  readonly maxSurge?: number | string
}

function validateRollingUpdate(field: string, { maxUnavailable = 0, maxSurge = 0 }: RollingUpdate): FieldError[] {
  const unavailable = `${field}.maxUnavailable`
  const found = [...validateIntOrPercent(unavailable, maxUnavailable), ...validateIntOrPercent(`${field}.maxSurge`, maxSurge)]
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    found.push(invalid(unavailable, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  return [...found, ...validateAtMostAll(unavailable, maxUnavailable)]
}
