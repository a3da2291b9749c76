import type { Deployment } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { invalid } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { formatSelector, selectorText } from '../labels.ts'
import { validateImmutable } from '../metadata.ts'
import { validateNonNegative } from '../numbers.ts'
import type { Draft } from '../object.ts'
import { age, integer, text, workload } from '../printing/columns.ts'
import { deployments } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { selects, validateSelector, validateStrategy, validateTemplate } from './validation.ts'
import { DEPLOYMENT, validateCounts } from './status-validation.ts'

export const deployment = defineKind<Deployment>(deployments, {
  schema: 'io.k8s.api.apps.v1.Deployment',
  shortNames: ['deploy'],
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
  setDefaults,
  validate,
  validateUpdate: (object, old) => validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector),
  validateStatusUpdate: validateCounts(DEPLOYMENT),
  ...specAndStatus<Deployment>({ generation: true }),
  columns: [
    text(
      'Ready',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    {
      ...integer('Up-to-date', 'How many Pods are of the newest template.', (object) => object.status?.updatedReplicas ?? 0),
      type: 'string',
    },
    {
      ...integer(
        'Available',
        'How many Pods have been ready for long enough.',
        (object) => object.status?.availableReplicas ?? 0,
      ),
      type: 'string',
    },
    age,
    ...workload<Deployment>({
      containers: (object) => object.spec?.template?.spec?.containers,
      selector: (object) => formatSelector(object.spec?.selector),
    }),
  ],
})

/** As upstream's `SetDefaults_Deployment` of apps/v1. */
function setDefaults(object: Draft<Deployment>): void {
  const { spec } = object
  if (!spec) return
  spec.replicas ??= 1
  const strategy = (spec.strategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {}
    strategy.rollingUpdate.maxUnavailable ??= '25%'
    strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  setTemplateDefaults(spec.template)
}

/** As upstream's `ValidateDeploymentSpec`. */
function validate({ spec }: Deployment): FieldError[] {
  if (!spec) return validateSelector(undefined)
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec
  const found = [
    ...validateNonNegative('spec.replicas', spec.replicas),
    ...validateSelector(spec.selector),
    ...validateTemplate(spec.template, { selects: selects(spec.selector), kind: 'ReplicaSet' }),
    ...validateStrategy(spec),
    ...validateNonNegative('spec.minReadySeconds', minReadySeconds),
    ...validateNonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ]
  if (deadline === undefined) return found
  found.push(...validateNonNegative('spec.progressDeadlineSeconds', deadline))
  if (deadline <= minReadySeconds)
    found.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  return found
}
