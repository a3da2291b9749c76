import type { CronJob } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { defineKind } from '../kinds/define.ts'
import { formatSelector } from '../labels.ts'
import type { Draft } from '../object.ts'
import { age, integer, text, workload } from '../printing/columns.ts'
import { since } from '../printing/duration.ts'
import { cronJobs } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'

export const cronJob = defineKind<CronJob>(cronJobs, {
  schema: 'io.k8s.api.batch.v1.CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  subresources: ['status'],
  setDefaults,
  ...specAndStatus<CronJob>({ generation: true }),
  columns: [
    text('Schedule', 'When it runs.', (object) => object.spec?.schedule ?? ''),
    text('Timezone', 'In which time zone.', (object) => object.spec?.timeZone ?? '<none>'),
    { ...text('Suspend', 'Whether it is held back.', (object) => (object.spec?.suspend ? 'True' : 'False')), type: 'boolean' },
    integer('Active', 'How many Jobs are running.', (object) => object.status?.active?.length ?? 0),
    text('Last Schedule', 'When it last ran.', ({ status }, now) =>
      status?.lastScheduleTime ? since(status.lastScheduleTime, now) : '<none>',
    ),
    age,
    ...workload<CronJob>({
      containers: (object) => object.spec?.jobTemplate.spec?.template?.spec?.containers,
      selector: (object) => formatSelector(object.spec?.jobTemplate.spec?.selector),
    }),
  ],
})

/** As upstream's `SetDefaults_CronJob`. */
function setDefaults(object: Draft<CronJob>): void {
  const { spec } = object
  if (!spec) return
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  // A Job's own defaults are set when it is made; here only its Pods' are.
  setTemplateDefaults(spec.jobTemplate?.spec?.template)
}
