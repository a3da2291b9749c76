import { controllerOf, jobs, keyOf, type Pod, pods } from '../../api/index.ts'
import { createQueue } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { runManager } from '../run-manager.ts'
import { JobManager } from './manager.ts'
import { isTracked } from './pod.ts'

/** Pods that are let go at once. */
const WORKERS = 8

/** Runs the Pods of every Job until enough have succeeded, and lets go of Pods whose Job is gone. */
export async function runJobs(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'job' })
  const manager = new JobManager({ ...context, log }, signal)
  const [owners, objects] = [caches.of(jobs), caches.of(pods)]
  await runManager({ manager, owners, objects, clock, log }, signal)

  const releaseOrphan = async (key: string): Promise<void> => {
    const pod = objects.get(key)
    if (pod && isTracked(pod) && isOrphan(pod)) await manager.release(pod)
  }
  const orphans = createQueue({ process: releaseOrphan, workers: WORKERS, clock, log }, signal)
  const isOrphan = (pod: Pod): boolean => {
    const owner = controllerOf(pod)
    return owner?.kind !== 'Job' || owners.get(`${pod.metadata.namespace}/${owner.name}`)?.metadata.uid !== owner.uid
  }
  owners.onChange((after, before) => {
    if (after) return
    for (const pod of objects.list()) if (controllerOf(pod)?.uid === before?.metadata.uid) orphans.add(keyOf(pod))
  })
  objects.onChange((after) => {
    if (after && isTracked(after) && isOrphan(after)) orphans.add(keyOf(after))
  })
}
