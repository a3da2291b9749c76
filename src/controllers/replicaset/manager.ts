import { controllerOf, controllerReference, type KubeObject, type Pod } from '../../api/index.ts'
import { type Cache, isNamespaceGone } from '../../client/index.ts'
import { timestamp } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { OwnedPods } from '../owned-pods.ts'
import { patchStatus } from '../patch-status.ts'
import { nextAvailableIn } from '../pod-availability.ts'
import { type Failure, withFailure } from './failure.ts'
import type { ReplicaKind } from './kinds.ts'
import { activePods, count, isActive, plan, type PlanOptions, type Wanted } from './plan.ts'

/** Brings one object after the other to as many Pods as it wants. */
export class ReplicaManager<T extends KubeObject> {
  readonly #kind: ReplicaKind<T>
  readonly #context: ControllerContext
  readonly #owners: Cache<T>
  readonly #ownedBy: (uid: string) => readonly T[]
  readonly #pods: OwnedPods
  readonly #signal: AbortSignal

  constructor(kind: ReplicaKind<T>, context: ControllerContext, signal: AbortSignal) {
    this.#kind = kind
    this.#context = context
    this.#owners = context.caches.of(kind.resource)
    this.#ownedBy = this.#owners.indexBy((owner) => [controllerOf(owner)?.uid ?? ''])
    this.#pods = new OwnedPods(context, { owners: kind.resource, component: kind.component }, signal)
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const owner = this.#owners.get(key)
    if (!owner) return undefined
    const wanted = this.#wanted(owner)
    const active = activePods(await this.#pods.claim(owner, this.#kind.matches(owner), isActive))
    const todo = owner.metadata.deletionTimestamp ? { create: 0, delete: [] } : plan(this.#situation(owner, active))
    const failure = await Promise.all([
      this.#pods.createAll(
        owner,
        Array.from({ length: todo.create }, () => podFor(owner, this.#kind)),
      ),
      ...todo.delete.map((pod) => this.#pods.remove(owner, pod)),
    ]).then(
      () => undefined,
      (error: unknown) => ({ error, creating: todo.create > 0 }),
    )
    const again = await this.#writeStatus(owner, wanted, failure)
    if (failure && !isNamespaceGone(failure.error)) throw failure.error
    return again
  }

  /** Whether a Pod that nobody controls is one that `owner` would take. */
  wouldAdopt(owner: T, pod: Pod): boolean {
    return this.#kind.matches(owner)(pod.metadata.labels)
  }

  #situation(owner: T, active: readonly Pod[]): PlanOptions {
    const parent = controllerOf(owner)?.uid
    const siblings = parent === undefined ? [] : this.#ownedBy(parent).filter((other) => other !== owner)
    const related = siblings.flatMap((sibling) => this.#pods.of(sibling))
    return { replicas: this.#kind.replicas(owner), pods: active, related, now: this.#context.clock.now() }
  }

  #wanted(owner: T): Wanted {
    const kind = this.#kind
    return {
      replicas: kind.replicas(owner),
      minReadySeconds: kind.minReadySeconds(owner),
      templateLabels: kind.template(owner)?.metadata?.labels ?? {},
    }
  }

  async #writeStatus(owner: T, wanted: Wanted, failure: Failure | undefined): Promise<number | undefined> {
    const now = this.#context.clock.now()
    const mine = this.#pods.of(owner)
    const counts = this.#kind.status(count(wanted, mine, now))
    const conditions = withFailure(this.#kind.conditions(owner), failure, timestamp(now))
    const status = {
      ...counts,
      conditions: conditions.length > 0 ? conditions : undefined,
      observedGeneration: owner.metadata.generation ?? 0,
    }
    const { client } = this.#context
    await patchStatus({ client, cache: this.#owners, signal: this.#signal }, owner, status)
    return nextAvailableIn(mine, wanted.minReadySeconds, now)
  }
}

function podFor<T extends KubeObject>(owner: T, kind: ReplicaKind<T>): Pod {
  const { metadata = {}, spec } = kind.template(owner) ?? {}
  const { labels, annotations, finalizers } = metadata
  const { name, namespace } = owner.metadata
  const ownerReferences = [controllerReference(owner)]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: `${name}-`, namespace, labels, annotations, finalizers, ownerReferences },
    spec,
  }
}
