import type { CoreV1Event, EventsV1Event } from '../generated/types.gen.ts'
import { eventColumns } from '../core/event.ts'
import { defineKind } from '../kinds/define.ts'
import type { Column } from '../kind.ts'
import type { KubeObject } from '../object.ts'
import { events, eventsV1 } from '../resources.ts'

/** The fields that only changed their names from `v1` to `events.k8s.io/v1`. */
const RENAMED: readonly (readonly [keyof CoreV1Event, keyof EventsV1Event])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
]

function rename(object: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]))
}

const toCore = new Map(RENAMED.map(([core, here]) => [here as string, core as string]))
const fromCore = new Map(RENAMED.map(([core, here]) => [core as string, here as string]))

function toStored(event: EventsV1Event): CoreV1Event {
  return { ...rename(event, toCore), apiVersion: 'v1', kind: 'Event' } as unknown as CoreV1Event
}

function fromStored(event: KubeObject): EventsV1Event {
  return { ...rename(event, fromCore), apiVersion: 'events.k8s.io/v1', kind: 'Event' } as unknown as EventsV1Event
}

/** One Event, two group versions: what is written through either is read through both. */
export const eventV1 = defineKind<EventsV1Event>(eventsV1, {
  schema: 'io.k8s.api.events.v1.Event',
  shortNames: ['ev'],
  storedAs: { resource: events, toStored, fromStored },
  selectableFields: (object) => ({
    'regarding.kind': object.regarding?.kind ?? '',
    'regarding.namespace': object.regarding?.namespace ?? '',
    'regarding.name': object.regarding?.name ?? '',
    'regarding.uid': object.regarding?.uid ?? '',
    'regarding.apiVersion': object.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': object.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': object.regarding?.fieldPath ?? '',
    reason: object.reason ?? '',
    reportingController: object.reportingController ?? '',
    source: object.deprecatedSource?.component || (object.reportingController ?? ''),
    type: object.type ?? '',
  }),
  columns: eventColumns.map((column): Column<EventsV1Event> => ({
    ...column,
    value: (event, now) => column.value(toStored(event), now),
  })),
})
