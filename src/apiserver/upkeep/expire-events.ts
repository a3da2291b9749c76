import type { CoreV1Event } from '../../api/index.ts'
import type { Core } from '../registry/core.ts'

/** Upstream's `--event-ttl`, in milliseconds. */
const LIFETIME = 60 * 60 * 1000

/** Deletes the Events that were last heard of an hour ago. */
export async function expireEvents({ store, clock }: Core): Promise<void> {
  const oldest = clock.now() - LIFETIME
  for (const { key, value, revision } of store.list('//events/')) {
    if (lastHeard(JSON.parse(value.toString()) as CoreV1Event) >= oldest) continue
    await store.write([{ key, expected: revision }])
  }
}

function lastHeard({ metadata, lastTimestamp, eventTime, series }: CoreV1Event): number {
  return Math.max(
    ...[metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime].map((time) =>
      time ? Date.parse(time) : 0,
    ),
  )
}
