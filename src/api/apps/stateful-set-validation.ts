import { invalid, notSupported, required } from '../field.ts'
import type { PodTemplateSpec, StatefulSet } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { isNone, validateAtMostAll, validateIntOrPercent, validateNonNegative } from '../numbers.ts'
import { selects, validateSelector, validateTemplate } from './validation.ts'

type Spec = NonNullable<StatefulSet['spec']>

/** As upstream's `ValidateStatefulSetSpec`. */
export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  return [
    ...(spec ? validateManagement(spec) : []),
    ...(spec ? validateStrategy('spec.updateStrategy', spec.updateStrategy ?? {}) : []),
    ...validateRetention('spec.persistentVolumeClaimRetentionPolicy', spec?.persistentVolumeClaimRetentionPolicy),
    ...validateNonNegative('spec.replicas', spec?.replicas),
    ...validateNonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateNonNegative('spec.ordinals.start', spec?.ordinals?.start),
    ...validateSelector(spec?.selector, 'statefulset'),
    ...validateTemplate(spec && withClaims(spec), { selects: selects(spec?.selector), kind: 'StatefulSet' }),
  ]
}

/** Claims become volumes of their names when Pods are made, in place of those of the template. */
function withClaims({ template, volumeClaimTemplates = [] }: Spec): PodTemplateSpec | undefined {
  if (!template?.spec || volumeClaimTemplates.length === 0) return template
  const names = volumeClaimTemplates.map(({ metadata }) => metadata?.name ?? '')
  const own = (template.spec.volumes ?? []).filter(({ name }) => !names.includes(name))
  const claims = names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claims] } }
}

function validateManagement({ podManagementPolicy: policy }: Spec): FieldError[] {
  const field = 'spec.podManagementPolicy'
  if (!policy) return [required(field)]
  return policy === 'OrderedReady' || policy === 'Parallel'
    ? []
    : [invalid(field, policy, "must be 'OrderedReady' or 'Parallel'")]
}

function validateStrategy(field: string, { type, rollingUpdate }: NonNullable<Spec['updateStrategy']>): FieldError[] {
  if (!type) return [required(field)]
  const at = `${field}.rollingUpdate`
  if (type === 'OnDelete') {
    return rollingUpdate ? [invalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")] : []
  }
  if (type !== 'RollingUpdate')
    return [invalid(field, { Type: type, RollingUpdate: null }, "must be 'RollingUpdate' or 'OnDelete'")]
  const { partition, maxUnavailable } = rollingUpdate ?? {}
  const found = validateNonNegative(`${at}.partition`, partition)
  if (maxUnavailable === undefined) return found
  found.push(...validateIntOrPercent(`${at}.maxUnavailable`, maxUnavailable))
  if (isNone(maxUnavailable)) found.push(invalid(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
  return [...found, ...validateAtMostAll(`${at}.maxUnavailable`, maxUnavailable)]
}

const RETENTIONS = ['Retain', 'Delete']

function validateRetention(field: string, policy: Spec['persistentVolumeClaimRetentionPolicy']): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((when) => {
    const value = policy?.[when]
    return !policy || (value !== undefined && RETENTIONS.includes(value))
      ? []
      : [notSupported(`${field}.${when}`, value ?? '', RETENTIONS)]
  })
}
