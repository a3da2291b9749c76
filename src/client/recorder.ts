import { type CoreV1Event, events, type KubeObject } from '../api/index.ts'
import { type Clock, type Logger, messageOf, millisOf, timestamp } from '../lib/index.ts'
import type { Client } from './client.ts'
import { isNamespaceGone, isNotFound } from './errors.ts'

/** Events of the same object, reason and message within this time are one Event with a count; milliseconds. */
const SAME_EVENT_WINDOW = 10 * 60_000
const REMEMBERED = 4_096

/** An object, or with a path a part of it: `spec.containers{web}`. */
export type EventSubject = KubeObject & { readonly fieldPath?: string }

export interface Recorder {
  /** Tells users something about `object`, or the part of it at its `fieldPath`. Never throws and never waits: an Event that can't be written is logged. */
  event(object: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void
}

export interface RecorderOptions {
  readonly client: Client
  /** Who says it: `kubelet`, `deployment-controller`. */
  readonly component: string
  /** The node it is said on, for node components. */
  readonly host?: string
  /**
   * What was being done when there was this to say, by the reason. With it Events are written as components do that speak
   * `events.k8s.io`: a time in microseconds, and a series where they repeat.
   */
  readonly actionOf?: (reason: string) => string
  readonly clock: Clock
  readonly log: Logger
}

/** Writes Events, and counts those that repeat (client-go's EventRecorder and EventCorrelator). */
export function createRecorder({ client, component, host, actionOf, clock, log }: RecorderOptions): Recorder {
  const written = new Map<string, Promise<CoreV1Event | undefined>>()
  const record = async (
    event: CoreV1Event,
    earlier: Promise<CoreV1Event | undefined> | undefined,
  ): Promise<CoreV1Event | undefined> => {
    try {
      const before = await earlier
      const recent = before && millisOf(timeOf(event)) - millisOf(timeOf(before)) < SAME_EVENT_WINDOW
      if (!recent) return await client.create(events, event)
      return await client.patch(events, eventName(before), { type: 'merge', body: again(event, before) })
    } catch (error) {
      if (!isNotFound(error) && !isNamespaceGone(error))
        log.warn({ reason: event.reason, error: messageOf(error) }, 'an Event was not written')
      return undefined
    }
  }
  return {
    event(object, type, reason, message) {
      const key = [object.metadata.uid, object.fieldPath, type, reason, message].join('\0')
      const draft = newEvent({ object, type, reason, message, component, host, now: clock.now() })
      const event = actionOf ? asDeed(draft, { action: actionOf(reason), now: clock.now() }) : draft
      const entry = record(event, written.get(key))
      written.delete(key)
      written.set(key, entry)
      if (written.size > REMEMBERED) written.delete(written.keys().next().value!)
    },
  }
}

const eventName = (event: CoreV1Event) => ({ namespace: event.metadata.namespace, name: event.metadata.name ?? '' })

/** When an Event was seen last. */
const timeOf = ({ lastTimestamp, series, eventTime }: CoreV1Event): string =>
  lastTimestamp ?? series?.lastObservedTime ?? eventTime ?? ''

/** What changes about an Event that is seen again. */
function again(event: CoreV1Event, before: CoreV1Event): Partial<CoreV1Event> {
  if (event.lastTimestamp !== undefined) return { count: (before.count ?? 1) + 1, lastTimestamp: event.lastTimestamp }
  return { series: { count: (before.series?.count ?? 1) + 1, lastObservedTime: event.eventTime } }
}

/** An Event as `events.k8s.io` has it. Source: client-go tools/events. */
function asDeed(draft: CoreV1Event, { action, now }: { readonly action: string; readonly now: number }): CoreV1Event {
  const { firstTimestamp: _, lastTimestamp: __, count: ___, source: ____, ...event } = draft
  const eventTime = new Date(now).toISOString().replace('Z', '000Z')
  return { ...event, eventTime, action, reportingInstance: event.reportingInstance || `${event.reportingComponent}-0` }
}

interface EventParts {
  readonly object: EventSubject
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly component: string
  readonly host: string | undefined
  readonly now: number
}

let sequence = 0

/** Cluster-scoped objects have their Events in `default`, as upstream. */
function newEvent({ object, type, reason, message, component, host, now }: EventParts): CoreV1Event {
  const { metadata } = object
  const namespace = metadata.namespace || 'default'
  const time = timestamp(now)
  const unique = ((BigInt(now) << 16n) | BigInt(sequence++ & 0xffff)).toString(16)
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${unique}`, namespace },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      ...(object.fieldPath === undefined ? {} : { fieldPath: object.fieldPath }),
    },
    type,
    reason,
    message,
    source: { component, ...(host === undefined ? {} : { host }) },
    reportingComponent: component,
    reportingInstance: host ?? '',
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  }
}
