import type { ReplicationController } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import type { Draft } from '../object.ts'
import { age, formatLabels, integer, workload } from '../printing/columns.ts'
import { replicationControllers } from '../resources.ts'
import { validateTemplate } from '../apps/validation.ts'
import { required } from '../field.ts'
import type { FieldError } from '../kind.ts'
import { matchesLabels } from '../label-selectors.ts'
import { validateNonNegative } from '../numbers.ts'
import { specAndStatus } from '../strategy.ts'
import { setTemplateDefaults } from './pod-template.ts'
import { REPLICA_SET, validateCounts } from '../apps/status-validation.ts'

export const replicationController = defineKind<ReplicationController>(replicationControllers, {
  schema: 'io.k8s.api.core.v1.ReplicationController',
  shortNames: ['rc'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  scale: {
    replicas: (object) => object.spec?.replicas ?? 0,
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => pairs(object.spec?.selector),
    setReplicas: (object, replicas) => {
      object.spec = { ...object.spec, replicas }
    },
  },
  setDefaults,
  validate,
  validateStatusUpdate: validateCounts(REPLICA_SET),
  ...specAndStatus<ReplicationController>({ generation: true }),
  orphansDependents: true,
  selectableFields: (object) => ({ 'status.replicas': String(object.status?.replicas ?? 0) }),
  columns: [
    integer('Desired', 'How many Pods there should be.', (object) => object.spec?.replicas ?? 0),
    integer('Current', 'How many Pods there are.', (object) => object.status?.replicas ?? 0),
    integer('Ready', 'How many of them are ready.', (object) => object.status?.readyReplicas ?? 0),
    age,
    ...workload<ReplicationController>({
      containers: (object) => object.spec?.template?.spec?.containers,
      selector: (object) => formatLabels(object.spec?.selector),
    }),
  ],
})

const pairs = (labels: Readonly<Record<string, string>> = {}): string =>
  Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(',')

/** Selector and labels follow from the template where they aren't given. */
function setDefaults(object: Draft<ReplicationController>): void {
  const spec = (object.spec ??= {})
  const labels = spec.template?.metadata?.labels
  if (labels && Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
  if (labels && Object.keys(object.metadata.labels ?? {}).length === 0) object.metadata.labels = { ...labels }
  spec.replicas ??= 1
  setTemplateDefaults(spec.template)
}

/** As upstream's `ValidateReplicationControllerSpec`. */
function validate({ spec }: ReplicationController): FieldError[] {
  const selector = spec?.selector ?? {}
  const empty = Object.keys(selector).length === 0
  return [
    ...validateNonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...(empty ? [required('spec.selector')] : []),
    ...validateNonNegative('spec.replicas', spec?.replicas),
    ...validateTemplate(spec?.template, {
      selects: empty ? undefined : (labels) => matchesLabels(selector, labels),
      kind: 'ReplicationController',
    }),
  ]
}
