import type { StatefulSet } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { semanticEqual } from '../equal.ts'
import { forbidden } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { selectorText } from '../labels.ts'
import type { Draft } from '../object.ts'
import { age, text, workload } from '../printing/columns.ts'
import { statefulSets } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateStatefulSet } from './stateful-set-validation.ts'
import { STATEFUL_SET, validateCounts } from './status-validation.ts'

export const statefulSet = defineKind<StatefulSet>(statefulSets, {
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  shortNames: ['sts'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  nameRule: 'dns-1123-label',
  scale: {
    replicas: (object) => object.spec?.replicas ?? 0,
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => selectorText(object.spec?.selector),
    setReplicas: (object, replicas) => {
      if (object.spec) object.spec.replicas = replicas
    },
  },
  setDefaults,
  validate: validateStatefulSet,
  validateUpdate,
  validateStatusUpdate: validateCounts(STATEFUL_SET),
  ...specAndStatus<StatefulSet>({ generation: true }),
  columns: [
    text(
      'Ready',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    age,
    ...workload<StatefulSet>({ containers: (object) => object.spec?.template?.spec?.containers }),
  ],
})

/** As upstream's `SetDefaults_StatefulSet` of apps/v1. */
function setDefaults(object: Draft<StatefulSet>): void {
  const { spec } = object
  if (!spec) return
  spec.podManagementPolicy ||= 'OrderedReady'
  const strategy = (spec.updateStrategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {}
    strategy.rollingUpdate.partition ??= 0
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  setTemplateDefaults(spec.template)
  for (const claim of spec.volumeClaimTemplates ?? []) {
    if (claim.spec) claim.spec.volumeMode ??= 'Filesystem'
    claim.status = { phase: 'Pending', ...claim.status }
  }
}

const MUTABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

/** The rest is who the Pods are. */
function validateUpdate({ spec }: StatefulSet, { spec: was }: StatefulSet): FieldError[] {
  const kept = { ...spec, ...Object.fromEntries(MUTABLE.map((field) => [field, was?.[field]])) }
  if (semanticEqual(kept, was)) return []
  const fields = `${MUTABLE.slice(0, -1)
    .map((field) => `'${field}'`)
    .join(', ')} and '${MUTABLE.at(-1)}'`
  return [forbidden('spec', `updates to statefulset spec for fields other than ${fields} are forbidden`)]
}
