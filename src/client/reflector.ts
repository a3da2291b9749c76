import { type KubeObject, keyOf, type Resource } from '../api/index.ts'
import { backoff, type Clock, type Logger, messageOf } from '../lib/index.ts'
import { IndexedCache } from './indexed-cache.ts'
import type { Client, ListOptions, WatchEvent } from './client.ts'
import { isExpired } from './errors.ts'

const RETRY = { base: 50, max: 5_000, jitter: 0.3 }

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client
  readonly resource: Resource<T>
  readonly selection: ListOptions
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Keeps a cache equal to the server's objects until `signal` aborts: a list, then a watch from there on, and again from
 * the last revision seen whenever the watch ends. Only a revision that the server has forgotten costs another list, whose
 * difference to the cache is told as changes.
 */
export async function reflect<T extends KubeObject>(
  cache: IndexedCache<T>,
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const { resource, clock, log } = options
  let revision: string | undefined
  for (let failures = 0; !signal.aborted;) {
    try {
      revision ??= await relist(cache, options, signal)
      for await (const event of options.client.watch(resource, { ...options.selection, resourceVersion: revision }, signal)) {
        failures = 0
        revision = event.object.metadata.resourceVersion ?? revision
        applyEvent(cache, event)
      }
    } catch (error) {
      if (signal.aborted) return
      if (isExpired(error)) revision = undefined
      else log.warn({ resource: resource.plural, error: messageOf(error) }, 'the watch broke; trying again')
    }
    await clock.sleep(backoff(failures++, RETRY, Math.random), signal).catch(() => {})
  }
}

async function relist<T extends KubeObject>(
  cache: IndexedCache<T>,
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<string> {
  const list = await options.client.list(options.resource, options.selection, signal)
  cache.replace(list.items)
  return list.metadata.resourceVersion ?? '0'
}

function applyEvent<T extends KubeObject>(cache: IndexedCache<T>, event: WatchEvent<T>): void {
  if (event.type === 'BOOKMARK') return
  if (event.type === 'DELETED') cache.remove(keyOf(event.object))
  else cache.put(event.object)
}
