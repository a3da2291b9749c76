import { endpointSlices, keyOf, type Service, serviceKeysOf, services } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'
import { type Logger, messageOf } from '../../lib/index.ts'
import { OWN_SERVICE, Planner, type PlannerOptions } from './planner.ts'

export interface WatchOptions extends PlannerOptions {
  readonly caches: Caches
  readonly log: Logger
  /** Told that there is something to do; {@link Follower.refresh} does it. */
  readonly onDirty: () => void
}

export interface Follower {
  /** Brings the index up to date with everything that was watched so far; returns whether an answer changed. */
  readonly refresh: () => boolean
}

/**
 * Keeps the index as the caches are. A change only notes whose records are to be looked at again: a Service of a thousand
 * endpoints that all come at once is planned once. Resolves when everything there was at the beginning is in the index.
 */
export async function follow(options: WatchOptions): Promise<Follower> {
  const { caches, log, onDirty } = options
  const serviceCache = caches.of(services)
  const sliceCache = caches.of(endpointSlices)
  const slicesOf = sliceCache.indexBy(serviceKeysOf)
  await Promise.all([serviceCache.whenSynced(), sliceCache.whenSynced()])

  const planner = new Planner(options)
  const dirty = new Set<string>()
  const look = (keys: readonly string[]): void => {
    if (dirty.size === 0 && keys.length > 0) onDirty()
    for (const key of keys) dirty.add(key)
  }
  const planSafely = (key: string): boolean => {
    try {
      return planner.plan(key, { service: serviceCache.get(key), slices: slicesOf(key) })
    } catch (error) {
      log.error({ service: key, error: messageOf(error) }, 'no message can carry these records; the Service keeps those it had')
      return false
    }
  }
  const refresh = (): boolean => {
    if (dirty.size === 0) return false
    const keys = [...dirty]
    dirty.clear()
    return keys.map(planSafely).includes(true)
  }
  serviceCache.onChange((after, before) => look([keyOf((after ?? before) as Service)]))
  sliceCache.onChange((after, before) => look([...(after ? serviceKeysOf(after) : []), ...(before ? serviceKeysOf(before) : [])]))
  look([OWN_SERVICE])
  refresh()
  return { refresh }
}
