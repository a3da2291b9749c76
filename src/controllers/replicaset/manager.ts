import { controllerOf, controllerReference, type KubeObject, type Pod, pods } from '../../api/index.ts'
import {
  type Cache,
  createRecorder,
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
import { availableIn } from '../pod-availability.ts'
import type { ReplicaKind } from './kinds.ts'
import { activePods, count, type Counts, plan, type Wanted } from './plan.ts'

/** A template that can't become a Pod should fail once, not a thousand times: batches grow from one, as upstream. */
const LARGEST_BATCH = 64

/** Brings one object after the other to as many Pods as it wants. */
export class ReplicaManager<T extends KubeObject> {
  readonly #kind: ReplicaKind<T>
  readonly #context: ControllerContext
  readonly #owners: Cache<T>
  readonly #pods: Cache<Pod>
  readonly #recorder: Recorder
  readonly #signal: AbortSignal

  constructor(kind: ReplicaKind<T>, context: ControllerContext, signal: AbortSignal) {
    const { client, caches, clock, log } = context
    this.#kind = kind
    this.#context = context
    this.#owners = caches.of(kind.resource)
    this.#pods = caches.of(pods)
    this.#pods.addIndex('controller', (pod) => [controllerOf(pod)?.uid ?? orphansOf(pod)])
    this.#recorder = createRecorder({ client, component: kind.component, clock, log })
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const owner = this.#owners.get(key)
    if (!owner) return undefined
    const wanted = this.#wanted(owner)
    const candidates = [...this.#podsOf(owner), ...this.#pods.byIndex('controller', orphansOf(owner))]
    const matches = this.#kind.matches(owner)
    const active = await claim({ client: this.#context.client, resource: pods, owner, matches }, activePods(candidates))
    const todo = owner.metadata.deletionTimestamp ? { create: 0, delete: [] } : plan(wanted, active, this.#context.clock.now())
    await Promise.all([this.#createAll(owner, todo.create), ...todo.delete.map((pod) => this.#remove(owner, pod))]).catch(
      (error) => this.#report(owner, error),
    )
    return this.#writeStatus(owner, wanted)
  }

  /** Whether a Pod that nobody controls is one that `owner` would take. */
  wouldAdopt(owner: T, pod: Pod): boolean {
    return owner.metadata.namespace === pod.metadata.namespace && this.#kind.matches(owner)(pod.metadata.labels)
  }

  #podsOf(owner: T): readonly Pod[] {
    return this.#pods.byIndex('controller', owner.metadata.uid ?? '')
  }

  #wanted(owner: T): Wanted {
    const kind = this.#kind
    return {
      replicas: kind.replicas(owner),
      minReadySeconds: kind.minReadySeconds(owner),
      templateLabels: kind.template(owner)?.metadata?.labels ?? {},
    }
  }

  async #createAll(owner: T, missing: number): Promise<void> {
    for (let batch = 1, left = missing; left > 0; left -= batch, batch = Math.min(batch * 2, LARGEST_BATCH)) {
      await Promise.all(Array.from({ length: Math.min(batch, left) }, () => this.#create(owner)))
    }
  }

  async #create(owner: T): Promise<void> {
    const pod = await this.#context.client.create(pods, podFor(owner, this.#kind), this.#signal)
    this.#recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    await whenSeen(this.#pods, pod)
  }

  async #remove(owner: T, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata
    await this.#context.client
      .delete(pods, { namespace, name }, { preconditions: { uid } }, this.#signal)
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
    this.#recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    await whenSeenDeleted(this.#pods, pod)
  }

  #report(owner: T, error: unknown): void {
    if (isNamespaceGone(error)) return
    this.#recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
    throw error
  }

  async #writeStatus(owner: T, wanted: Wanted): Promise<number | undefined> {
    const now = this.#context.clock.now()
    const mine = this.#podsOf(owner)
    const status = { ...count(wanted, mine, now), observedGeneration: owner.metadata.generation ?? 0 }
    if (!sameCounts(this.#kind.status(owner), status)) await this.#patchStatus(owner, status)
    if (wanted.minReadySeconds === 0) return undefined
    const soon = Math.min(...mine.map((pod) => availableIn(pod, wanted.minReadySeconds, now)).filter((wait) => wait > 0))
    return Number.isFinite(soon) ? soon : undefined
  }

  async #patchStatus(owner: T, status: object): Promise<void> {
    const { namespace, name = '' } = owner.metadata
    const patch = { type: 'merge', subresource: 'status', body: { status } } as const
    const written = this.#context.client.patch(this.#kind.resource, { namespace, name }, patch, this.#signal)
    await written.then(
      (after) => whenSeen(this.#owners, after),
      (error: unknown) => {
        if (!isNotFound(error)) throw error
      },
    )
  }
}

/** The index value of Pods that nobody controls, per namespace. */
const orphansOf = ({ metadata }: KubeObject): string => `orphans in ${metadata.namespace}`

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

type Status = Counts & { readonly observedGeneration: number }

const sameCounts = (status: Partial<Status>, wanted: Status): boolean =>
  (Object.keys(wanted) as (keyof Status)[]).every((key) => (status[key] ?? 0) === wanted[key])

/** The key of the object of `kind` that controls a Pod; undefined when that is nobody or of another kind. */
export function controllerKeyOf(pod: Pod | undefined, kind: string): string | undefined {
  const reference = pod && controllerOf(pod)
  return reference?.kind === kind ? `${pod?.metadata.namespace}/${reference.name}` : undefined
}
