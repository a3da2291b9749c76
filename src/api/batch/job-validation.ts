import { selects } from '../apps/validation.ts'
import { validatePodTemplate } from '../core/pod/validation/pod.ts'
import { invalid, invalids, notSupported, required, tooLong } from '../field.ts'
import type { Job, JobSpec } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { dns1123Label, domainPrefixedPath } from '../names.ts'
import { validateNonNegative } from '../numbers.ts'
import { validateLabelSelector } from '../validate-selector.ts'
import { validateCompletionMode } from './completion-mode.ts'
import { validatePodFailurePolicy } from './pod-failure-policy.ts'
import { validateSuccessPolicy } from './success-policy.ts'

const LONGEST_MANAGER = 63

/** As upstream's `ValidateJob`. */
export function validateJob(job: Job): FieldError[] {
  const { metadata, spec } = job
  if (!spec?.template) return [required('spec.template')]
  const found = [...validateGeneratedSelector(job, spec), ...validateJobSpec('spec', spec), ...validateSelector(spec)]
  const hostname = `${metadata.name}-${(spec.completions ?? 0) - 1}`
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0 && dns1123Label(hostname).length > 0) {
    found.push(invalid('metadata.name', metadata.name, `will not able to create pod with invalid DNS label: ${hostname}`))
  }
  return found
}

/** What the server chooses a Job's Pods by must be what its template says. */
function validateGeneratedSelector({ metadata: { name = '', uid = '' } }: Job, spec: JobSpec): FieldError[] {
  if (spec.manualSelector || !spec.selector) return []
  const expected: Readonly<Record<string, string>> = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  }
  const labels = spec.template.metadata?.labels ?? {}
  const field = 'spec.template.metadata.labels'
  const found = Object.entries(expected).flatMap(([key, value]) => {
    if (labels[key] === undefined) return [required(field, `must be '${value}'`)]
    return labels[key] === value ? [] : [invalid(field, labels, `must be '${value}'`)]
  })
  if (selects(spec.selector)?.(expected) === false) {
    found.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
  }
  return found
}

function validateSelector({ selector, template }: JobSpec): FieldError[] {
  if (!selector) return [required('spec.selector')]
  const labels = template.metadata?.labels ?? {}
  const found = validateLabelSelector('spec.selector', selector)
  if (selects(selector)?.(labels) !== false) return found
  return [...found, invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
}

/** What a Job and the template of one have in common. As upstream's `validateJobSpec`. */
export function validateJobSpec(place: string, spec: JobSpec | undefined): FieldError[] {
  if (!spec?.template) return [required(`${place}.template`)]
  return [
    ...COUNTS.flatMap((field) => validateNonNegative(`${place}.${field}`, spec[field])),
    ...validateManager(`${place}.managedBy`, spec.managedBy),
    ...validateCompletionMode(place, spec),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(`${place}.podFailurePolicy`, spec) : []),
    ...validateSuccess(`${place}.successPolicy`, spec),
    ...validateReplacement(`${place}.podReplacementPolicy`, spec),
    ...validatePodTemplate(`${place}.template`, spec.template),
    ...validateRestart(`${place}.template.spec.restartPolicy`, spec),
  ]
}

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

function validateManager(field: string, manager: string | undefined): FieldError[] {
  if (manager === undefined) return []
  if (manager === '') return [required(field)]
  const found = invalids(field, manager, domainPrefixedPath(manager))
  return manager.length > LONGEST_MANAGER ? [...found, tooLong(field, LONGEST_MANAGER)] : found
}

function validateSuccess(field: string, spec: JobSpec): FieldError[] {
  if (!spec.successPolicy) return []
  if (spec.completionMode === 'Indexed') return validateSuccessPolicy(field, spec)
  return [invalid(field, spec.successPolicy, 'requires indexed completion mode')]
}

function validateReplacement(field: string, { podReplacementPolicy, podFailurePolicy }: JobSpec): FieldError[] {
  if (podReplacementPolicy === undefined) return []
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  return supported.includes(podReplacementPolicy) ? [] : [notSupported(field, podReplacementPolicy, supported)]
}

function validateRestart(field: string, { template, podFailurePolicy }: JobSpec): FieldError[] {
  const { restartPolicy = 'Always' } = template.spec ?? {}
  if (restartPolicy === 'Always') return [required(field, 'valid values: "OnFailure", "Never"')]
  if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    return [notSupported(field, restartPolicy, ['OnFailure', 'Never'])]
  }
  if (!podFailurePolicy || restartPolicy === 'Never') return []
  return [invalid(field, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')]
}
