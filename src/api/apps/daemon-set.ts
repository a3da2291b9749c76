import type { DaemonSet, DaemonSetUpdateStrategy } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { semanticEqual } from '../equal.ts'
import { invalid, notSupported, required } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { formatSelector } from '../labels.ts'
import { validateImmutable } from '../metadata.ts'
import { isNone, validateAtMostAll, validateIntOrPercent, validateNonNegative } from '../numbers.ts'
import type { Draft } from '../object.ts'
import { age, formatLabels, integer, text, workload } from '../printing/columns.ts'
import { daemonSets } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { selects, validateSelector, validateTemplate } from './validation.ts'
import { DAEMON_SET, validateCounts } from './status-validation.ts'

const written = specAndStatus<DaemonSet>({ generation: true })
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

export const daemonSet = defineKind<DaemonSet>(daemonSets, {
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  shortNames: ['ds'],
  categories: ['all'],
  subresources: ['status'],
  setDefaults,
  validate: ({ spec }) => [
    ...validateSelector(spec?.selector, 'daemonset'),
    ...validateTemplate(spec?.template, { selects: selects(spec?.selector), kind: 'DaemonSet' }),
    ...validateNonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateUpdateStrategy('spec.updateStrategy', spec?.updateStrategy),
    ...validateNonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ],
  validateUpdate: (object, old) => validateImmutable('spec.selector', object.spec?.selector, old.spec?.selector),
  validateStatusUpdate: validateCounts(DAEMON_SET),
  ...written,
  prepareForCreate: (object) => {
    written.prepareForCreate(object)
    setTemplateGeneration(object, Math.max(1, templateGeneration(object)))
  },
  prepareForUpdate: (object, old, subresource) => {
    written.prepareForUpdate(object, old, subresource)
    const isSame = subresource === 'status' || semanticEqual(object.spec?.template, old.spec?.template)
    setTemplateGeneration(object, templateGeneration(old) + (isSame ? 0 : 1))
  },
  columns: [
    integer('Desired', 'How many nodes should run the Pod.', (object) => object.status?.desiredNumberScheduled ?? 0),
    integer('Current', 'How many of them do.', (object) => object.status?.currentNumberScheduled ?? 0),
    integer('Ready', 'How many of those Pods are ready.', (object) => object.status?.numberReady ?? 0),
    integer('Up-to-date', 'How many are of the newest template.', (object) => object.status?.updatedNumberScheduled ?? 0),
    integer('Available', 'How many have been ready for long enough.', (object) => object.status?.numberAvailable ?? 0),
    text('Node Selector', 'Which nodes are meant.', (object) => formatLabels(object.spec?.template?.spec?.nodeSelector)),
    age,
    ...workload<DaemonSet>({
      containers: (object) => object.spec?.template?.spec?.containers,
      selector: (object) => formatSelector(object.spec?.selector),
    }),
  ],
})

/** How often the template has changed: an annotation since apps/v1, which clients can't set. As upstream's `daemonSetStrategy`. */
const templateGeneration = ({ metadata }: DaemonSet): number => Number(metadata.annotations?.[TEMPLATE_GENERATION]) || 0

function setTemplateGeneration({ metadata }: Draft<DaemonSet>, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) }
}

/** As upstream's `SetDefaults_DaemonSet` of apps/v1. */
function setDefaults(object: Draft<DaemonSet>): void {
  const { spec } = object
  if (!spec) return
  const updateStrategy = (spec.updateStrategy ??= {})
  updateStrategy.type ||= 'RollingUpdate'
  if (updateStrategy.type === 'RollingUpdate') {
    updateStrategy.rollingUpdate ??= {}
    updateStrategy.rollingUpdate.maxUnavailable ??= 1
    updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
  setTemplateDefaults(spec.template)
}

/** As upstream's `ValidateDaemonSetUpdateStrategy`: either old Pods go first, or new ones come first. */
function validateUpdateStrategy(field: string, strategy: DaemonSetUpdateStrategy | undefined): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {}
  if (!strategy || type === 'OnDelete') return []
  if (type !== 'RollingUpdate') {
    return [notSupported(field, { Type: type, RollingUpdate: null }, ['RollingUpdate', 'OnDelete'])]
  }
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`)]
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate
  const amounts = Object.entries({ maxUnavailable, maxSurge }).map(
    ([name, value]) => [`${field}.rollingUpdate.${name}`, value] as const,
  )
  const found = amounts.flatMap(([at, value]) => validateIntOrPercent(at, value))
  found.push(...amounts.flatMap(([at, value]) => validateAtMostAll(at, value)))
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    found.push(invalid(`${field}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (isNone(maxUnavailable) && isNone(maxSurge)) {
    found.push(required(`${field}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  }
  return found
}
