import { controllerOf, keyOf, type KubeObject, type LabelPredicate, type Pod, pods } from '../api/index.ts'
import {
  type Cache,
  createRecorder,
  isConflict,
  isNamespaceGone,
  isNotFound,
  type Recorder,
  whenSeen,
  whenSeenDeleted,
} from '../client/index.ts'
import { messageOf } from '../lib/index.ts'
import { claim } from './claim.ts'
import type { ControllerContext } from './context.ts'
import { podsOf, type PodsOf } from './pods-of.ts'

export interface OwnedPodsOptions {
  /** Who says it, in Events. */
  readonly component: string
  /** What is said of a Pod that was made, and of one that was deleted. */
  readonly created?: (owner: KubeObject, pod: string) => string
  readonly deleted?: (owner: KubeObject, pod: string) => string
}

/**
 * The Pods that owners of one kind control. Every write resolves when the cache has it, so that whoever decides next doesn't
 * decide the same again (upstream's expectations).
 */
export class OwnedPods {
  readonly recorder: Recorder
  readonly #client: ControllerContext['client']
  readonly #cache: Cache<Pod>
  readonly #owned: PodsOf
  readonly #options: OwnedPodsOptions
  readonly #signal: AbortSignal

  constructor({ client, caches, clock, log }: ControllerContext, options: OwnedPodsOptions, signal: AbortSignal) {
    this.recorder = createRecorder({ client, component: options.component, clock, log })
    this.#client = client
    this.#cache = caches.of(pods)
    this.#owned = podsOf(this.#cache)
    this.#options = options
    this.#signal = signal
  }

  /** In no particular order, ended and terminating ones too. */
  of(owner: KubeObject): readonly Pod[] {
    return this.#owned.of(owner)
  }

  /** Lets go of Pods that no longer match, and takes in those of nobody that do and that `isWelcome`. Answers what there is then. */
  async claim(owner: KubeObject, matches: LabelPredicate, isWelcome: (orphan: Pod) => boolean = () => true): Promise<Pod[]> {
    const candidates = [...this.#owned.of(owner), ...this.#owned.orphansBeside(owner).filter(isWelcome)]
    const mine = await claim({ client: this.#client, resource: pods, owner, matches }, candidates)
    await Promise.all(mine.filter((pod) => !candidates.includes(pod)).map((adopted) => whenSeen(this.#cache, adopted)))
    return mine
  }

  async create(owner: KubeObject, draft: Pod): Promise<void> {
    const pod = await this.#client.create(pods, draft, this.#signal)
    const { name = '' } = pod.metadata
    this.#say(owner, 'SuccessfulCreate', this.#options.created?.(owner, name) ?? `Created pod: ${name}`)
    await whenSeen(this.#cache, pod)
  }

  /** One that is gone already is as good as deleted. */
  async remove(owner: KubeObject, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata
    await this.#client.delete(pods, { namespace, name }, { preconditions: { uid } }, this.#signal).catch(ignoreGone)
    this.#say(owner, 'SuccessfulDelete', this.#options.deleted?.(owner, name) ?? `Deleted pod: ${name}`)
    await whenSeenDeleted(this.#cache, pod)
  }

  /** Tells why Pods could not be made, and throws it, so that it is tried again; in a namespace that goes there is no point. */
  complain(owner: KubeObject, error: unknown): void {
    if (isNamespaceGone(error)) return
    this.recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
    throw error
  }

  #say(owner: KubeObject, reason: string, message: string): void {
    this.recorder.event(owner, 'Normal', reason, message)
  }
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}

export interface FollowPodsOptions<T extends KubeObject> {
  readonly pods: Cache<Pod>
  readonly owners: Cache<T>
  /** Whether an owner would take a Pod that nobody controls. */
  readonly wouldAdopt: (owner: T, pod: Pod) => boolean
  /** Told the key of every owner that must be looked at. */
  readonly changed: (owner: string) => void
}

/** Follows Pods for those who control them, were in control, or would be. */
export function followPods<T extends KubeObject>({ pods: cache, owners, wouldAdopt, changed }: FollowPodsOptions<T>): void {
  cache.onChange((after, before) => {
    for (const pod of [after, before]) {
      const reference = pod && controllerOf(pod)
      if (reference?.kind === owners.resource.kind) changed(`${pod?.metadata.namespace}/${reference.name}`)
    }
    if (!after || controllerOf(after)) return
    for (const owner of owners.list())
      if (owner.metadata.namespace === after.metadata.namespace && wouldAdopt(owner, after)) changed(keyOf(owner))
  })
}
