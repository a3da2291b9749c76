import { type KubeObject, keyOf, type Resource } from '../api/index.ts'
import { backoff, type Clock, type Logger, messageOf } from '../lib/index.ts'
import { IndexedCache } from './indexed-cache.ts'
import { type Client, endsInitialEvents, type ListOptions, type WatchEvent } from './client.ts'
import { isBadRequest, isExpired } from './errors.ts'

const RETRY = { base: 50, max: 5_000, jitter: 0.3 }

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client
  readonly resource: Resource<T>
  readonly selection: ListOptions
  readonly clock: Clock
  readonly log: Logger
  /** What is kept of an object; all of it when undefined. */
  readonly transform: ((object: T) => T) | undefined
}

/**
 * Keeps a cache equal to the server's objects until `signal` aborts. One watch tells what there is and then what changes,
 * object by object, so that nothing of the size of the whole is ever held; it is resumed from the last revision seen
 * whenever it ends. Only a revision that the server has forgotten costs the whole again, whose difference to the cache is
 * told as changes. A server that can't begin a watch with what there is (before Kubernetes 1.32) is asked for a list.
 */
export async function reflect<T extends KubeObject>(
  cache: IndexedCache<T>,
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const { resource, clock, log } = options
  const progress: Progress = { revision: undefined, mayStream: true }
  for (let failures = 0; !signal.aborted;) {
    try {
      if (progress.revision === undefined && !progress.mayStream) progress.revision = await relist(cache, options, signal)
      await follow(cache, { options, progress, onOpen: () => (failures = 0) }, signal)
    } catch (error) {
      if (signal.aborted) return
      if (isExpired(error)) progress.revision = undefined
      else if (progress.revision === undefined && progress.mayStream && isBadRequest(error)) progress.mayStream = false
      else log.warn({ resource: resource.plural, error: messageOf(error) }, 'the watch broke; trying again')
    }
    await clock.sleep(backoff(failures++, RETRY, Math.random), signal).catch(() => {})
  }
}

interface Progress {
  /** Up to which the cache has seen everything; undefined when it must see the whole first. */
  revision: string | undefined
  /** Whether the server may be asked to begin a watch with what there is. */
  mayStream: boolean
}

interface Following<T extends KubeObject> {
  readonly options: ReflectorOptions<T>
  readonly progress: Progress
  readonly onOpen: () => void
}

/** One watch, until it ends. */
async function follow<T extends KubeObject>(
  cache: IndexedCache<T>,
  { options: { client, resource, selection, transform }, progress, onOpen }: Following<T>,
  signal: AbortSignal,
): Promise<void> {
  let initial = progress.revision === undefined ? new IndexedCache<T>(resource) : undefined
  const after = progress.revision === undefined ? {} : { after: progress.revision }
  for await (const event of client.watch(resource, { ...selection, ...after, onOpen }, signal)) {
    const ends = initial !== undefined && endsInitialEvents(event)
    if (!initial || ends) advance(cache, progress, event.object.metadata.resourceVersion)
    if (initial && ends) cache.replace(initial.list())
    else applyEvent(initial ?? cache, event, transform)
    if (ends) initial = undefined
  }
}

function advance<T extends KubeObject>(cache: IndexedCache<T>, progress: Progress, revision: string | undefined): void {
  if (revision === undefined) return
  progress.revision = revision
  cache.seen(revision)
}

async function relist<T extends KubeObject>(
  cache: IndexedCache<T>,
  options: ReflectorOptions<T>,
  signal: AbortSignal,
): Promise<string> {
  const list = await options.client.list(options.resource, options.selection, signal)
  const revision = list.metadata.resourceVersion ?? '0'
  cache.seen(revision)
  cache.replace(list.items.map((object) => kept(object, options.transform)))
  return revision
}

function applyEvent<T extends KubeObject>(
  cache: IndexedCache<T>,
  event: WatchEvent<T>,
  transform: ReflectorOptions<T>['transform'],
): void {
  if (event.type === 'BOOKMARK') return
  if (event.type === 'DELETED') cache.remove(keyOf(event.object))
  else cache.put(kept(event.object, transform))
}

/** Nobody reads from a cache who owns which field, and it is a third of what there is to hold. */
function kept<T extends KubeObject>(object: T, transform: ReflectorOptions<T>['transform']): T {
  const { managedFields, ...metadata } = object.metadata
  const lean = managedFields ? { ...object, metadata } : object
  return transform ? transform(lean) : lean
}
