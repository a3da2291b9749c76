import { createQueue, discover } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { GarbageCollector } from './collector.ts'

const WORKERS = 16
/** They own nothing, nobody owns them, and there are many: not followed. */
const IGNORED = new Set(['events', 'ipaddresses'])

/** Deletes what belongs to owners that are gone, and carries out foreground and orphan deletion. */
export async function runGarbageCollector(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { client, caches, clock } = context
  const log = context.log.child({ controller: 'garbage-collector' })
  const resources = (await discover(client, signal)).filter(
    ({ plural, verbs }) => !IGNORED.has(plural) && ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb)),
  )
  const collector = new GarbageCollector({ ...context, log }, resources, signal)
  const process = async (uid: string): Promise<void> => {
    const again = await collector.sync(uid)
    if (again !== undefined) queue.addAfter(uid, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  // Nothing is looked at before everything has been seen: an owner that isn't there yet would be asked for.
  const seen = new Set<string>()
  let look = (uid: string): void => void seen.add(uid)
  const following = resources.map((resource) => {
    const cache = caches.of(resource, { metadataOnly: true })
    cache.onChange((after, before) => {
      for (const uid of collector.see({ resource, after, before })) look(uid)
    })
    return cache.whenSynced()
  })
  void Promise.all(following).then(
    () => {
      look = (uid) => queue.add(uid)
      seen.forEach(look)
    },
    () => {}, // it ends before it has begun
  )
}
