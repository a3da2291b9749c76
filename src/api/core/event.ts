import type { CoreV1Event } from '../generated/types.gen.ts'
import { invalid } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { Column, FieldError } from '../kind.ts'
import { name, text, wide, wideInteger } from '../printing/columns.ts'
import { since } from '../printing/duration.ts'
import { events } from '../resources.ts'

type Event = CoreV1Event

/** As upstream's `printEvent`: Name comes last, and only when asked for. */
export const eventColumns: readonly Column<Event>[] = [
  text('Last Seen', 'When this was last seen.', lastSeen),
  text('Type', 'Normal or Warning.', (event) => event.type ?? ''),
  text('Reason', 'Why, in one word.', (event) => event.reason ?? ''),
  text('Object', 'What it is about.', target),
  wide('Subobject', 'Which part of it.', (event) => event.involvedObject?.fieldPath ?? ''),
  wide('Source', 'Who says so.', source),
  text('Message', 'What happened.', (event) => (event.message ?? '').trim()),
  wide('First Seen', 'When this was first seen.', firstSeen),
  wideInteger('Count', 'How often it was seen.', (event) => event.series?.count ?? (event.count || 1)),
  { ...name, priority: 1 },
]

export const event = defineKind<Event>(events, {
  schema: 'io.k8s.api.core.v1.Event',
  shortNames: ['ev'],
  validate,
  selectableFields: (object) => ({
    'involvedObject.kind': object.involvedObject?.kind ?? '',
    'involvedObject.namespace': object.involvedObject?.namespace ?? '',
    'involvedObject.name': object.involvedObject?.name ?? '',
    'involvedObject.uid': object.involvedObject?.uid ?? '',
    'involvedObject.apiVersion': object.involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': object.involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': object.involvedObject?.fieldPath ?? '',
    reason: object.reason ?? '',
    reportingComponent: object.reportingComponent ?? '',
    source: object.source?.component || (object.reportingComponent ?? ''),
    type: object.type ?? '',
  }),
  columns: eventColumns,
})

function firstSeen(event: Event, now: number): string {
  return since(event.firstTimestamp || event.eventTime, now)
}

function lastSeen(event: Event, now: number): string {
  if (event.series) return since(event.series.lastObservedTime, now)
  return event.lastTimestamp ? since(event.lastTimestamp, now) : firstSeen(event, now)
}

function target({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase()
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind
}

function source(event: Event): string {
  const { component, host } = event.source ?? {}
  const said = component || host ? [component ?? '', host ?? ''] : [event.reportingComponent ?? '', event.reportingInstance ?? '']
  return said[1] === '' ? (said[0] ?? '') : said.join(', ')
}

/** An Event lies beside what it is about; about what has no namespace, in `default`. */
function validate({ metadata, involvedObject }: Event): FieldError[] {
  const about = involvedObject?.namespace ?? ''
  const right = about === '' ? ['default', 'kube-system', ''].includes(metadata.namespace ?? '') : about === metadata.namespace
  return right ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')]
}
