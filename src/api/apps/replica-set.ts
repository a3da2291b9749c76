import type { ReplicaSet } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { defineKind } from '../kinds/define.ts'
import { formatSelector, selectorText } from '../labels.ts'
import { validateImmutable } from '../metadata.ts'
import { validateNonNegative } from '../numbers.ts'
import { age, integer, workload } from '../printing/columns.ts'
import { replicaSets } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { selects, validateSelector, validateTemplate } from './validation.ts'
import { REPLICA_SET, validateCounts } from './status-validation.ts'

export const replicaSet = defineKind<ReplicaSet>(replicaSets, {
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  shortNames: ['rs'],
  categories: ['all'],
  subresources: ['status', 'scale'],
  scale: {
    replicas: (object) => object.spec?.replicas ?? 0,
    statusReplicas: (object) => object.status?.replicas ?? 0,
    selector: (object) => selectorText(object.spec?.selector),
    setReplicas: (object, replicas) => {
      if (object.spec) object.spec.replicas = replicas
    },
  },
  setDefaults: (object) => {
    if (object.spec) object.spec.replicas ??= 1
    setTemplateDefaults(object.spec?.template)
  },
  validate: ({ spec }) => [
    ...validateNonNegative('spec.replicas', spec?.replicas),
    ...validateNonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateSelector(spec?.selector),
    ...validateTemplate(spec?.template, { selects: selects(spec?.selector), kind: 'ReplicaSet' }),
  ],
  validateUpdate: (object, old) => validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector),
  validateStatusUpdate: validateCounts(REPLICA_SET),
  ...specAndStatus<ReplicaSet>({ generation: true }),
  selectableFields: (object) => ({ 'status.replicas': String(object.status?.replicas ?? 0) }),
  columns: [
    integer('Desired', 'How many Pods there should be.', (object) => object.spec?.replicas ?? 0),
    integer('Current', 'How many Pods there are.', (object) => object.status?.replicas ?? 0),
    integer('Ready', 'How many of them are ready.', (object) => object.status?.readyReplicas ?? 0),
    age,
    ...workload<ReplicaSet>({
      containers: (object) => object.spec?.template?.spec?.containers,
      selector: (object) => formatSelector(object.spec?.selector),
    }),
  ],
})
