import type { CronJob } from '../generated/types.gen.ts'
import { setTemplateDefaults } from '../core/pod-template.ts'
import { invalid, notSupported, required } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { formatSelector } from '../labels.ts'
import { validateNonNegative } from '../numbers.ts'
import type { Draft, Written } from '../object.ts'
import { age, integer, text, workload } from '../printing/columns.ts'
import { since } from '../printing/duration.ts'
import { cronJobs } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateJobSpec } from './job-validation.ts'
import { isZone, wrongSchedule } from './schedule.ts'

export const cronJob = defineKind<CronJob>(cronJobs, {
  schema: 'io.k8s.api.batch.v1.CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  subresources: ['status'],
  setDefaults,
  validate,
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

const POLICIES = ['Allow', 'Forbid', 'Replace']
/** A Job's name is the CronJob's with a dash and the minute. */
const LONGEST_NAME = 52

/** As upstream's `ValidateCronJobCreate`. */
function validate({ metadata: { name = '' }, spec }: CronJob, old?: CronJob): FieldError[] {
  const found =
    !old && name.length > LONGEST_NAME ? [invalid('metadata.name', name, `must be no more than ${LONGEST_NAME} characters`)] : []
  const { schedule = '', timeZone, concurrencyPolicy = '' } = (spec ?? {}) as Written<NonNullable<CronJob['spec']>>
  if (schedule === '') found.push(required('spec.schedule'))
  else found.push(...validateSchedule(schedule, timeZone))
  found.push(...validateNonNegative('spec.startingDeadlineSeconds', spec?.startingDeadlineSeconds))
  found.push(...validateTimeZone(timeZone))
  if (concurrencyPolicy === '') found.push(required('spec.concurrencyPolicy'))
  else if (!POLICIES.includes(concurrencyPolicy)) found.push(notSupported('spec.concurrencyPolicy', concurrencyPolicy, POLICIES))
  const place = 'spec.jobTemplate.spec'
  found.push(...validateJobSpec(place, spec?.jobTemplate?.spec))
  if (spec?.jobTemplate?.spec?.selector && !spec.jobTemplate.spec.manualSelector) {
    found.push(invalid(`${place}.selector`, spec.jobTemplate.spec.selector, '`selector` will be auto-generated'))
  }
  found.push(...validateNonNegative('spec.successfulJobsHistoryLimit', spec?.successfulJobsHistoryLimit))
  found.push(...validateNonNegative('spec.failedJobsHistoryLimit', spec?.failedJobsHistoryLimit))
  return found
}

function validateSchedule(schedule: string, timeZone: string | undefined): FieldError[] {
  const field = 'spec.schedule'
  const wrong = wrongSchedule(schedule)
  if (wrong) return [invalid(field, schedule, wrong)]
  if (!schedule.includes('TZ')) return []
  const both = 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
  const here = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
  return [invalid(field, schedule, timeZone === undefined ? here : both)]
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  const field = 'spec.timeZone'
  if (zone === undefined) return []
  if (zone === '') return [invalid(field, zone, 'timeZone must be nil or non-empty string')]
  if (zone.toLowerCase() === 'local') {
    return [invalid(field, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')]
  }
  return isZone(zone) ? [] : [invalid(field, zone, `unknown time zone ${zone}`)]
}

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
