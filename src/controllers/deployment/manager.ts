import {
  controllerOf,
  type Deployment,
  deployments,
  isPodOver,
  keyOf,
  labelSelectorPredicate,
  type Pod,
  pods,
  type ReplicaSet,
  replicaSets,
  type Resource,
  semanticEqual,
} from '../../api/index.ts'
import {
  type Cache,
  byNamespace,
  createRecorder,
  isAlreadyExists,
  isConflict,
  isNamespaceGone,
  isNotFound,
  type Recorder,
  whenSeen,
  whenSeenDeleted,
} from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import { claim } from '../claim.ts'
import type { ControllerContext } from '../context.ts'
import { type Annotations, REVISION } from './annotations.ts'
import { freshSet, plan } from './plan.ts'
import { sizeAnnotations } from './proportional.ts'
import { byAge, replicasOf, type Scaling } from './rolling.ts'
import { type Creation, deadlineIn, deploymentStatus } from './status.ts'
import { sameTemplate } from './template-hash.ts'

/** Takes one Deployment after the other a step further. */
export class DeploymentManager {
  readonly #context: ControllerContext
  readonly #deployments: Cache<Deployment>
  readonly #sets: Cache<ReplicaSet>
  readonly #setsIn: (namespace: string) => readonly ReplicaSet[]
  readonly #pods: Cache<Pod>
  readonly #recorder: Recorder
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches, clock, log } = context
    this.#context = context
    this.#deployments = caches.of(deployments)
    this.#sets = caches.of(replicaSets)
    this.#pods = caches.of(pods)
    this.#setsIn = this.#sets.indexBy(byNamespace)
    this.#recorder = createRecorder({ client, component: 'deployment-controller', clock, log })
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const deployment = this.#deployments.get(key)
    if (!deployment) return undefined
    const mine = await this.#setsOf(deployment)
    const creation = deployment.metadata.deletionTimestamp ? undefined : await this.#step(deployment, mine)
    const now = [...mine, ...(creation?.set ? [creation.set] : [])].map((set) => this.#sets.get(keyOf(set)) ?? set)
    const again = await this.#writeStatus(deployment, now, creation)
    if (creation?.error !== undefined) throw creation.error
    return again
  }

  /** Whether a ReplicaSet that nobody controls is one that `deployment` would take. */
  wouldAdopt({ spec }: Deployment, { metadata }: ReplicaSet): boolean {
    return labelSelectorPredicate(spec?.selector)(metadata.labels)
  }

  #setsOf(deployment: Deployment): Promise<ReplicaSet[]> {
    const matches = labelSelectorPredicate(deployment.spec?.selector)
    const there = this.#setsIn(deployment.metadata.namespace ?? '')
    return claim({ client: this.#context.client, cache: this.#sets, owners: deployments, owner: deployment, matches }, there)
  }

  #countPods(owners: readonly ReplicaSet[]): number {
    const uids = new Set(owners.map((set) => set.metadata.uid))
    return this.#pods.list().filter((pod) => uids.has(controllerOf(pod)?.uid) && !isPodOver(pod)).length
  }

  /** Answers what became of a ReplicaSet that had to be made. */
  async #step(deployment: Deployment, mine: readonly ReplicaSet[]): Promise<Created | undefined> {
    const fresh = freshSet(deployment, mine)
    const next = plan({ deployment, replicaSets: mine, oldPods: this.#countPods(mine.filter((set) => set !== fresh)) })
    const creation = next.create && (await this.#create(deployment, next.create))
    if (next.annotate) await this.#annotate(replicaSets, next.annotate.replicaSet, next.annotate.annotations)
    if (next.minReadySeconds) await this.#setMinReadySeconds(next.minReadySeconds.replicaSet, next.minReadySeconds.value)
    for (const scaling of next.scale) await this.#scale(deployment, scaling)
    for (const set of next.delete) await this.#remove(set)
    const revision = next.annotate?.annotations[REVISION] ?? (creation?.set ?? fresh)?.metadata.annotations?.[REVISION]
    if (revision && deployment.metadata.annotations?.[REVISION] !== revision)
      await this.#annotate(deployments, deployment, { [REVISION]: revision })
    return creation
  }

  /** Undefined when it is not known yet, because the name was taken. */
  async #create(deployment: Deployment, set: ReplicaSet): Promise<Created | undefined> {
    const { name = '' } = set.metadata
    try {
      const created = await this.#context.client.create(replicaSets, set, this.#signal)
      if (replicasOf(created) > 0) this.#say(deployment, `Scaled up replica set ${name} from 0 to ${replicasOf(created)}`)
      await whenSeen(this.#sets, created)
      return { name, set: created }
    } catch (error) {
      if (isNamespaceGone(error)) return undefined
      if (isAlreadyExists(error)) return this.#countCollision(deployment, set)
      const failure = messageOf(error)
      const message = `Failed to create new replica set "${name}": ${failure}`
      this.#recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message)
      return { name, failure, error }
    }
  }

  /** A ReplicaSet of that name is there but has another template or owner: the next name is tried. */
  async #countCollision(deployment: Deployment, set: ReplicaSet): Promise<undefined> {
    const there = await this.#context.client.get(replicaSets, nameOf(set), this.#signal)
    if (controllerOf(there)?.uid === deployment.metadata.uid && sameTemplate(there.spec?.template, set.spec?.template)) return
    const status = { collisionCount: (deployment.status?.collisionCount ?? 0) + 1 }
    const patch = { type: 'merge', subresource: 'status', body: { status } } as const
    await whenSeen(this.#deployments, await this.#context.client.patch(deployments, nameOf(deployment), patch, this.#signal))
  }

  async #annotate<T extends Deployment | ReplicaSet>(
    resource: Resource<T>,
    object: Deployment | ReplicaSet,
    annotations: Annotations,
  ): Promise<void> {
    const patch = { type: 'merge', body: { metadata: { annotations } } } as const
    const { client, caches } = this.#context
    await whenSeen(caches.of(resource), await client.patch(resource, nameOf(object), patch, this.#signal))
  }

  async #setMinReadySeconds(set: ReplicaSet, minReadySeconds: number): Promise<void> {
    const patch = { type: 'merge', body: { spec: { minReadySeconds } } } as const
    await whenSeen(this.#sets, await this.#context.client.patch(replicaSets, nameOf(set), patch, this.#signal))
  }

  async #scale(deployment: Deployment, { replicaSet, replicas }: Scaling): Promise<void> {
    const before = replicasOf(replicaSet)
    const scaled = await this.#context.client.patch(
      replicaSets,
      nameOf(replicaSet),
      { type: 'merge', body: { metadata: { annotations: sizeAnnotations(deployment) }, spec: { replicas } } },
      this.#signal,
    )
    const message = `Scaled ${replicas > before ? 'up' : 'down'} replica set ${scaled.metadata.name} from ${before} to ${replicas}`
    if (replicas !== before) this.#say(deployment, message)
    await whenSeen(this.#sets, scaled)
  }

  async #remove(set: ReplicaSet): Promise<void> {
    await this.#context.client.delete(replicaSets, nameOf(set), { propagationPolicy: 'Background' }, this.#signal)
    await whenSeenDeleted(this.#sets, set)
  }

  #say(deployment: Deployment, message: string): void {
    this.#recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message)
  }

  async #writeStatus(
    deployment: Deployment,
    mine: readonly ReplicaSet[],
    creation: Creation | undefined,
  ): Promise<number | undefined> {
    const now = this.#context.clock.now()
    const facts = { deployment, fresh: freshSet(deployment, mine), all: byAge(mine), now }
    const status = deploymentStatus({ ...facts, ...(creation ? { creation } : {}) })
    const wait = deadlineIn({ ...deployment, status }, now)
    const again = wait < Infinity ? Math.max(wait, 0) + 1 : undefined
    if (semanticEqual(deployment.status, status)) return again
    const current = this.#deployments.get(keyOf(deployment)) ?? deployment
    try {
      await whenSeen(
        this.#deployments,
        await this.#context.client.updateStatus(deployments, { ...current, status }, this.#signal),
      )
    } catch (error) {
      if (isConflict(error)) return 0
      if (!isNotFound(error)) throw error
    }
    return again
  }
}

interface Created extends Creation {
  readonly set?: ReplicaSet
  readonly error?: unknown
}

const nameOf = ({ metadata }: Deployment | ReplicaSet) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })
