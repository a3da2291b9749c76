import { controllerOf, controllerReference, keyOf, type KubeObject, type Pod, pods } from '../../api/index.ts'
import {
  createQueue,
  createRecorder,
  isConflict,
  isNamespaceGone,
  isNotFound,
  whenSeen,
  whenSeenDeleted,
} from '../../client/index.ts'
import { claim } from '../claim.ts'
import type { ControllerContext } from '../context.ts'
import { availableIn } from '../pod-availability.ts'
import type { ReplicaKind } from './kinds.ts'
import { activePods, count, type Counts, plan, type Wanted } from './plan.ts'

const WORKERS = 8
/** A template that can't become a Pod should fail once, not a thousand times: batches grow from one, as upstream. */
const LARGEST_BATCH = 64

/** Keeps as many Pods as each object of `kind` wants. */
export async function runReplicas<T extends KubeObject>(
  kind: ReplicaKind<T>,
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const { client, caches, clock } = context
  const log = context.log.child({ controller: kind.component })
  const recorder = createRecorder({ client, component: kind.component, clock, log })
  const owners = caches.of(kind.resource)
  const podCache = caches.of(pods)
  podCache.addIndex('controller', (pod) => [controllerOf(pod)?.uid ?? orphansOf(pod)])
  await Promise.all([owners.whenSynced(), podCache.whenSynced()])

  const owned = (owner: T): readonly Pod[] => podCache.byIndex('controller', owner.metadata.uid ?? '')
  const create = async (owner: T): Promise<void> => {
    const pod = await client.create(pods, podFor(owner, kind), signal)
    recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    await whenSeen(podCache, pod)
  }
  const createAll = async (owner: T, missing: number): Promise<void> => {
    for (let batch = 1, left = missing; left > 0; left -= batch, batch = Math.min(batch * 2, LARGEST_BATCH)) {
      await Promise.all(Array.from({ length: Math.min(batch, left) }, () => create(owner)))
    }
  }
  const remove = async (owner: T, pod: Pod): Promise<void> => {
    const { namespace, name = '', uid } = pod.metadata
    await client.delete(pods, { namespace, name }, { preconditions: { uid } }, signal).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) throw error
    })
    recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    await whenSeenDeleted(podCache, pod)
  }
  const process = async (key: string): Promise<void> => {
    const owner = owners.get(key)
    if (!owner) return
    const wanted = wantedBy(owner, kind)
    const candidates = [...owned(owner), ...podCache.byIndex('controller', orphansOf(owner))]
    const active = await claim({ client, resource: pods, owner, matches: kind.matches(owner) }, activePods(candidates))
    const todo = owner.metadata.deletionTimestamp ? { create: 0, delete: [] } : plan(wanted, active, clock.now())
    await Promise.all([createAll(owner, todo.create), ...todo.delete.map((pod) => remove(owner, pod))]).catch(
      (error: unknown) => {
        if (isNamespaceGone(error)) return
        recorder.event(
          owner,
          'Warning',
          'FailedCreate',
          `Error creating: ${error instanceof Error ? error.message : String(error)}`,
        )
        throw error
      },
    )
    await writeStatus(owner)
  }
  const writeStatus = async (owner: T): Promise<void> => {
    const wanted = wantedBy(owner, kind)
    const active = owned(owner)
    const counts = count(wanted, active, clock.now())
    const soon = Math.min(
      ...active.map((pod) => availableIn(pod, wanted.minReadySeconds, clock.now())).filter((wait) => wait > 0),
      Infinity,
    )
    if (soon < Infinity && wanted.minReadySeconds > 0) queue.addAfter(keyOf(owner), soon)
    const status = { ...counts, observedGeneration: owner.metadata.generation ?? 0 }
    if (sameCounts(kind.status(owner), status)) return
    const { namespace, name = '' } = owner.metadata
    const written = client.patch(
      kind.resource,
      { namespace, name },
      { type: 'merge', subresource: 'status', body: { status } },
      signal,
    )
    await written
      .then((after) => whenSeen(owners, after))
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
  }

  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  owners.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  podCache.onChange((after, before) => {
    for (const pod of [after, before]) {
      const reference = pod && controllerOf(pod)
      if (reference?.kind === kind.resource.kind) queue.add(`${pod?.metadata.namespace}/${reference.name}`)
    }
    if (after && !controllerOf(after))
      for (const owner of owners.list()) if (isOrphanOf(owner, after, kind)) queue.add(keyOf(owner))
  })
}

/** The index value of Pods that nobody controls, per namespace. */
const orphansOf = ({ metadata }: KubeObject): string => `orphans in ${metadata.namespace}`

const wantedBy = <T extends KubeObject>(owner: T, kind: ReplicaKind<T>): Wanted => ({
  replicas: kind.replicas(owner),
  minReadySeconds: kind.minReadySeconds(owner),
  templateLabels: kind.template(owner)?.metadata?.labels ?? {},
})

const isOrphanOf = <T extends KubeObject>(owner: T, pod: Pod, kind: ReplicaKind<T>): boolean =>
  owner.metadata.namespace === pod.metadata.namespace && kind.matches(owner)(pod.metadata.labels)

function podFor<T extends KubeObject>(owner: T, kind: ReplicaKind<T>): Pod {
  const { metadata = {}, spec } = kind.template(owner) ?? {}
  const { labels, annotations, finalizers } = metadata
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels,
      annotations,
      finalizers,
      ownerReferences: [controllerReference(owner)],
    },
    spec,
  }
}

function sameCounts(
  status: Partial<Counts> & { readonly observedGeneration?: number },
  wanted: Counts & { readonly observedGeneration: number },
): boolean {
  return (Object.keys(wanted) as (keyof typeof wanted)[]).every((key) => (status[key] ?? 0) === wanted[key])
}
