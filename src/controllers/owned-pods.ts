import { type KubeObject, type LabelPredicate, type Pod, pods, type Resource } from '../api/index.ts'
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
  /** Who owns them. */
  readonly owners: Resource
  /** Who says it, in Events. */
  readonly component: string
  readonly words?: Words
}

/** What is said of a Pod that was made or deleted, or of why it could not be. */
export type Words = (done: 'create' | 'delete', about: { owner: KubeObject; pod: string; error?: unknown }) => string

/** Source: pkg/controller/controller_utils.go RealPodControl. */
const WORDS: Words = (done, { pod, error }) => {
  if (error !== undefined) return `Error ${done === 'create' ? 'creating' : 'deleting'}: ${messageOf(error)}`
  return `${done === 'create' ? 'Created' : 'Deleted'} pod: ${pod}`
}

/** A template that can't become a Pod should fail once, not a thousand times: batches grow from one, as upstream. */
const LARGEST_BATCH = 64

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
    return claim({ client: this.#client, cache: this.#cache, owners: this.#options.owners, owner, matches }, candidates)
  }

  /** Rejects when it can't be made, and says so; in a namespace that goes there is nobody to tell. */
  async create(owner: KubeObject, draft: Pod): Promise<void> {
    const pod = await this.#client.create(pods, draft, this.#signal).catch((error: unknown) => {
      if (!isNamespaceGone(error)) this.tellFailure('create', { owner, pod: draft.metadata.name ?? '', error })
      throw error
    })
    const { name = '' } = pod.metadata
    this.recorder.event(owner, 'Normal', 'SuccessfulCreate', this.#words('create', { owner, pod: name }))
    await whenSeen(this.#cache, pod)
  }

  /** Makes a few, then twice as many, and so on; no further ones once one can't be made. */
  async createAll(owner: KubeObject, drafts: readonly Pod[]): Promise<void> {
    for (let done = 0, batch = 1; done < drafts.length; done += batch, batch = Math.min(batch * 2, LARGEST_BATCH)) {
      await Promise.all(drafts.slice(done, done + batch).map((draft) => this.create(owner, draft)))
    }
  }

  /** One that is gone already is as good as deleted. Rejects when it can't be deleted, and says so. */
  async remove(owner: KubeObject, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata
    const written = this.#client.delete(pods, { namespace, name }, { preconditions: { uid } }, this.#signal)
    await written.catch(ignoreGone).catch((error: unknown) => {
      this.tellFailure('delete', { owner, pod: name, error })
      throw error
    })
    this.recorder.event(owner, 'Normal', 'SuccessfulDelete', this.#words('delete', { owner, pod: name }))
    await whenSeenDeleted(this.#cache, pod)
  }

  tellFailure(failed: 'create' | 'delete', about: Parameters<Words>[1]): void {
    const reason = failed === 'create' ? 'FailedCreate' : 'FailedDelete'
    this.recorder.event(about.owner, 'Warning', reason, this.#words(failed, about))
  }

  get #words(): Words {
    return this.#options.words ?? WORDS
  }
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}
