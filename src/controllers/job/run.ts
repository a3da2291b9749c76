import { controllerOf, jobs, keyOf, type Pod, pods } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { followOwned } from '../owned-pods.ts'
import { JobManager } from './manager.ts'
import { isTracked } from './pod.ts'

const WORKERS = 8

/** Runs the Pods of every Job until enough have succeeded, and lets go of Pods whose Job is gone. */
export async function runJobs(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'job' })
  const manager = new JobManager({ ...context, log }, signal)
  const cache = caches.of(jobs)
  const podCache = caches.of(pods)
  await Promise.all([cache.whenSynced(), podCache.whenSynced()])

  const process = async (key: string): Promise<void> => {
    const again = await manager.sync(key)
    if (again !== undefined) queue.addAfter(key, again)
  }
  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  const releaseOrphan = async (key: string): Promise<void> => {
    const pod = podCache.get(key)
    if (pod && isTracked(pod) && isOrphan(pod)) await manager.release(pod)
  }
  const orphans = createQueue({ process: releaseOrphan, workers: WORKERS, clock, log }, signal)
  const isOrphan = (pod: Pod): boolean => {
    const owner = controllerOf(pod)
    return owner?.kind !== 'Job' || cache.get(`${pod.metadata.namespace}/${owner.name}`)?.metadata.uid !== owner.uid
  }
  cache.onChange((after, before) => {
    if (after) return queue.add(keyOf(after))
    for (const pod of podCache.list()) if (controllerOf(pod)?.uid === before?.metadata.uid) orphans.add(keyOf(pod))
  })
  followOwned({
    objects: podCache,
    owners: cache,
    wouldAdopt: (job, pod) => manager.wouldAdopt(job, pod),
    changed: (key) => queue.add(key),
  })
  podCache.onChange((after) => {
    if (after && isTracked(after) && isOrphan(after)) orphans.add(keyOf(after))
  })
}
