import type { Job } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { defineKind } from '../kinds/define.ts'
import { formatSelector } from '../labels.ts'
import type { Draft } from '../object.ts'
import { age, text, workload } from '../printing/columns.ts'
import { humanDuration } from '../printing/duration.ts'
import { jobs } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateJobStatus } from './job-status-validation.ts'
import { validateJobUpdate } from './job-update.ts'
import { validateJob } from './job-validation.ts'

const strategy = specAndStatus<Job>({ generation: true })

export const job = defineKind<Job>(jobs, {
  schema: 'io.k8s.api.batch.v1.Job',
  categories: ['all'],
  subresources: ['status'],
  setDefaults: (object) => {
    if (object.spec) setJobDefaults(object.spec, object)
  },
  ...strategy,
  orphansDependents: true,
  prepareForCreate: (object) => {
    strategy.prepareForCreate(object)
    selectByUid(object)
  },
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatus,
  selectableFields: (object) => ({ 'status.successful': String(object.status?.succeeded ?? 0) }),
  columns: [
    text('Status', 'Status of the job.', status),
    text('Completions', 'How many Pods have succeeded.', completions),
    text('Duration', 'Time required to complete the job.', duration),
    age,
    ...workload<Job>({
      containers: (object) => object.spec?.template?.spec?.containers,
      selector: (object) => formatSelector(object.spec?.selector),
    }),
  ],
})

/** As upstream's `SetDefaults_Job`; `owner` is where a Job's labels default to its template's. */
function setJobDefaults(spec: Draft<NonNullable<Job['spec']>>, owner?: Draft<Job>): void {
  const indexed = spec.completionMode === 'Indexed'
  if (spec.completions === undefined && spec.parallelism === undefined) {
    if (!indexed) spec.completions = 1
    spec.parallelism = 1
  }
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
  const labels = spec.template?.metadata?.labels
  if (owner && labels && Object.keys(owner.metadata.labels ?? {}).length === 0) owner.metadata.labels = { ...labels }
  setTemplateDefaults(spec.template)
}

const isTrue = (object: Job, type: string): boolean =>
  object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false

function status(object: Job): string {
  if (isTrue(object, 'Complete')) return 'Complete'
  if (isTrue(object, 'Failed')) return 'Failed'
  if (object.metadata.deletionTimestamp) return 'Terminating'
  if (isTrue(object, 'Suspended')) return 'Suspended'
  return isTrue(object, 'FailureTarget') ? 'FailureTarget' : 'Running'
}

function completions({ spec, status: { succeeded = 0 } = {} }: Job): string {
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function duration({ status: { startTime, completionTime } = {} }: Job, now: number): string {
  if (!startTime) return ''
  return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime))
}

/** A Job finds its Pods by its uid, which the server has given it by now. As upstream's `generateSelector`. */
function selectByUid({ metadata: { name = '', uid }, spec }: Draft<Job>): void {
  if (!spec?.template || spec.manualSelector || uid === undefined) return
  const { template } = spec
  template.metadata ??= {}
  template.metadata.labels = {
    ...template.metadata.labels,
    'job-name': name,
    'controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
  }
  spec.selector ??= { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } }
}
