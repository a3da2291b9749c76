import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../api/index.ts'
import type { ControllerContext } from '../context.ts'
import { runManager } from '../run-manager.ts'
import { StatefulSetManager } from './manager.ts'

/** Keeps the Pods of every StatefulSet, by name and in order. */
export async function runStatefulSets(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: 'statefulset' })
  const manager = new StatefulSetManager({ ...context, log }, signal)
  const [owners, objects] = [caches.of(statefulSets), caches.of(pods)]
  const others = [caches.of(controllerRevisions), caches.of(persistentVolumeClaims)]
  await runManager({ manager, owners, objects, others, clock, log }, signal)
}
