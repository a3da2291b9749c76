import {
  controllerOf,
  type Deployment,
  deployments,
  keyOf,
  labelSelectorPredicate,
  pods,
  type ReplicaSet,
  replicaSets,
  semanticEqual,
} from '../../api/index.ts'
import {
  createQueue,
  createRecorder,
  isAlreadyExists,
  isConflict,
  isNamespaceGone,
  isNotFound,
  whenSeen,
  whenSeenDeleted,
} from '../../client/index.ts'
import { claim } from '../claim.ts'
import type { ControllerContext } from '../context.ts'
import { freshSet, plan, REVISION } from './plan.ts'
import { byAge, replicasOf, type Scaling } from './rolling.ts'
import { deadlineIn, deploymentStatus } from './status.ts'
import { sameTemplate } from './template-hash.ts'

const WORKERS = 8

/** Keeps ReplicaSets for every Deployment: one of the current template, and its predecessors for `rollout undo`. */
export async function runDeployments(context: ControllerContext, signal: AbortSignal): Promise<void> {
  const { client, caches, clock } = context
  const log = context.log.child({ controller: 'deployment' })
  const recorder = createRecorder({ client, component: 'deployment-controller', clock, log })
  const cache = caches.of(deployments)
  const sets = caches.of(replicaSets)
  const podCache = caches.of(pods)
  sets.addIndex('namespace', (set) => [set.metadata.namespace ?? ''])
  await Promise.all([cache, sets, podCache].map((each) => each.whenSynced()))

  const setsOf = (deployment: Deployment): Promise<ReplicaSet[]> => {
    const matches = labelSelectorPredicate(deployment.spec?.selector)
    return claim(
      { client, resource: replicaSets, owner: deployment, matches },
      sets.byIndex('namespace', deployment.metadata.namespace ?? ''),
    )
  }
  const podsOf = (owners: readonly ReplicaSet[]): number => {
    const uids = new Set(owners.map((set) => set.metadata.uid))
    return podCache.list().filter((pod) => uids.has(controllerOf(pod)?.uid)).length
  }
  const process = async (key: string): Promise<void> => {
    const deployment = cache.get(key)
    if (!deployment) return
    const mine = await setsOf(deployment)
    if (!deployment.metadata.deletionTimestamp) await step(deployment, mine)
    await writeStatus(
      deployment,
      mine.map((set) => sets.get(keyOf(set)) ?? set),
    )
  }
  const step = async (deployment: Deployment, mine: readonly ReplicaSet[]): Promise<void> => {
    const fresh = freshSet(deployment, mine)
    const next = plan({ deployment, replicaSets: mine, oldPods: podsOf(mine.filter((set) => set !== fresh)) })
    if (next.create) await create(deployment, next.create)
    if (next.revision) await annotate(next.revision.replicaSet, next.revision.value)
    for (const scaling of next.scale) await scale(deployment, scaling)
    for (const set of next.delete) await remove(set)
    const revision = next.revision?.value ?? (next.create ?? fresh)?.metadata.annotations?.[REVISION]
    if (revision && deployment.metadata.annotations?.[REVISION] !== revision) await annotateDeployment(deployment, revision)
  }
  const create = async (deployment: Deployment, set: ReplicaSet): Promise<void> => {
    try {
      const created = await client.create(replicaSets, set, signal)
      recorder.event(
        deployment,
        'Normal',
        'ScalingReplicaSet',
        `Scaled up replica set ${created.metadata.name} from 0 to ${replicasOf(created)}`,
      )
      await whenSeen(sets, created)
    } catch (error) {
      if (isNamespaceGone(error)) return
      if (!isAlreadyExists(error)) throw error
      await countCollision(deployment, set)
    }
  }
  /** A ReplicaSet of that name is there but has another template or owner: the next name is tried. */
  const countCollision = async (deployment: Deployment, set: ReplicaSet): Promise<void> => {
    const { namespace, name = '' } = set.metadata
    const there = await client.get(replicaSets, { namespace, name }, signal)
    if (controllerOf(there)?.uid === deployment.metadata.uid && sameTemplate(there.spec?.template, set.spec?.template)) return
    const status = { collisionCount: (deployment.status?.collisionCount ?? 0) + 1 }
    await whenSeen(
      cache,
      await client.patch(deployments, nameOf(deployment), { type: 'merge', subresource: 'status', body: { status } }, signal),
    )
  }
  const annotate = async (set: ReplicaSet, value: string): Promise<void> =>
    whenSeen(
      sets,
      await client.patch(
        replicaSets,
        nameOf(set),
        { type: 'merge', body: { metadata: { annotations: { [REVISION]: value } } } },
        signal,
      ),
    )
  const annotateDeployment = async (deployment: Deployment, value: string): Promise<void> =>
    whenSeen(
      cache,
      await client.patch(
        deployments,
        nameOf(deployment),
        { type: 'merge', body: { metadata: { annotations: { [REVISION]: value } } } },
        signal,
      ),
    )
  const scale = async (deployment: Deployment, { replicaSet, replicas }: Scaling): Promise<void> => {
    const before = replicasOf(replicaSet)
    const scaled = await client.patch(replicaSets, nameOf(replicaSet), { type: 'merge', body: { spec: { replicas } } }, signal)
    const direction = replicas > before ? 'up' : 'down'
    recorder.event(
      deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled ${direction} replica set ${scaled.metadata.name} from ${before} to ${replicas}`,
    )
    await whenSeen(sets, scaled)
  }
  const remove = async (set: ReplicaSet): Promise<void> => {
    await client.delete(replicaSets, nameOf(set), { propagationPolicy: 'Background' }, signal)
    await whenSeenDeleted(sets, set)
  }
  const writeStatus = async (deployment: Deployment, mine: readonly ReplicaSet[]): Promise<void> => {
    const now = clock.now()
    const status = deploymentStatus({ deployment, fresh: freshSet(deployment, mine), all: byAge(mine), now })
    const wait = deadlineIn({ ...deployment, status }, now)
    if (wait < Infinity) queue.addAfter(keyOf(deployment), Math.max(wait, 0) + 1)
    if (semanticEqual(deployment.status, status)) return
    const current = cache.get(keyOf(deployment)) ?? deployment
    const written = client.updateStatus(deployments, { ...current, status }, signal)
    await written
      .then((after) => whenSeen(cache, after))
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
        if (isConflict(error)) queue.add(keyOf(deployment))
      })
  }

  const queue = createQueue({ process, workers: WORKERS, clock, log }, signal)
  cache.onChange((after, before) => queue.add(keyOf((after ?? before)!)))
  sets.onChange((after, before) => {
    for (const set of [after, before]) {
      const reference = set && controllerOf(set)
      if (reference?.kind === 'Deployment') queue.add(`${set?.metadata.namespace}/${reference.name}`)
    }
  })
  // Only Recreate looks at Pods: it waits for the last old one to go.
  podCache.onChange((after, before) => {
    const set = after || !before ? undefined : sets.get(`${before.metadata.namespace}/${controllerOf(before)?.name}`)
    const reference = set && controllerOf(set)
    if (reference?.kind === 'Deployment') queue.add(`${set?.metadata.namespace}/${reference.name}`)
  })
}

const nameOf = ({ metadata }: Deployment | ReplicaSet) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })
