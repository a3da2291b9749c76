import { type KubeObject, pods } from '../../api/index.ts'
import type { ControllerContext } from '../context.ts'
import { runManager } from '../run-manager.ts'
import type { ReplicaKind } from './kinds.ts'
import { ReplicaManager } from './manager.ts'

/** Keeps as many Pods as each object of `kind` wants. */
export async function runReplicas<T extends KubeObject>(
  kind: ReplicaKind<T>,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const { caches, clock } = context
  const log = context.log.child({ controller: kind.component })
  const manager = new ReplicaManager(kind, { ...context, log }, signal)
  await runManager({ manager, owners: caches.of(kind.resource), objects: caches.of(pods), clock, log }, signal)
}
