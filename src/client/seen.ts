import { type KubeObject, keyOf } from '../api/index.ts'
import type { Cache } from './cache.ts'

/** A write that hasn't come back by then is taken as lost from sight; the next look will tell. Milliseconds. */
const PATIENCE = 5_000

/**
 * Resolves when `cache` shows what was written or something newer, so that the next decision is not made on a picture from
 * before the last one (client-go's controllers keep `expectations` for this). Resolves too when it takes suspiciously long.
 */
export function whenSeen<T extends KubeObject>(cache: Cache<T>, written: T): Promise<void> {
  const { uid, resourceVersion = '0' } = written.metadata
  const seen = (object: T | undefined): boolean =>
    object !== undefined && (object.metadata.uid !== uid || !isOlder(object.metadata.resourceVersion ?? '0', resourceVersion))
  return patiently((signal) => cache.until(keyOf(written), seen, signal))
}

/** The same for an object that was deleted: it is gone, going, or another of its name is there. */
export function whenSeenDeleted<T extends KubeObject>(cache: Cache<T>, deleted: T): Promise<void> {
  const gone = (object: T | undefined): boolean =>
    object === undefined || object.metadata.uid !== deleted.metadata.uid || object.metadata.deletionTimestamp !== undefined
  return patiently((signal) => cache.until(keyOf(deleted), gone, signal))
}

const patiently = (wait: (signal: AbortSignal) => Promise<void>): Promise<void> =>
  wait(AbortSignal.timeout(PATIENCE)).catch(() => {})

/** Resource versions of one resource are numbers that grow (KEP-5504). */
const isOlder = (a: string, b: string): boolean => (a.length === b.length ? a < b : a.length < b.length)
