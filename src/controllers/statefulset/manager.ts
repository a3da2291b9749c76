import {
  type ControllerRevision,
  controllerRevisions,
  labelSelectorPredicate,
  persistentVolumeClaims,
  type Pod,
  pods,
  semanticEqual,
  type StatefulSet,
  statefulSets,
} from '../../api/index.ts'
import {
  type Cache,
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
import { availableIn } from '../pod-availability.ts'
import { podsOf, type PodsOf } from '../pods-of.ts'
import { type History, removeSurplus, reviseHistory, type RevisionContext, templateOf } from '../revisions.ts'
import { plan, type PlanOptions, statusOf } from './plan.ts'
import { claimsOf, ordinalOf, revisionOf } from './pod.ts'

/** Takes one StatefulSet after the other a step further. */
export class StatefulSetManager {
  readonly #context: ControllerContext
  readonly #sets: Cache<StatefulSet>
  readonly #pods: Cache<Pod>
  readonly #owned: PodsOf
  readonly #history: RevisionContext
  readonly #recorder: Recorder
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches, clock, log } = context
    this.#context = context
    this.#sets = caches.of(statefulSets)
    this.#pods = caches.of(pods)
    this.#owned = podsOf(this.#pods)
    this.#history = { client, cache: caches.of(controllerRevisions), signal }
    this.#recorder = createRecorder({ client, component: 'statefulset-controller', clock, log })
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const set = this.#sets.get(key)
    // What a set that is being deleted has, the garbage collector removes; nothing may be made anew for it.
    if (!set || set.metadata.deletionTimestamp) return undefined
    await this.#claim(set)
    const history = await reviseHistory(this.#history, set)
    await this.#step(this.#picture(set, history)).catch((error: unknown) => {
      if (!isNamespaceGone(error)) throw error
    })
    const after = this.#picture(set, history)
    await this.#writeStatus(set, statusOf(after, history.collisionCount))
    await this.#forget(after, history)
    return this.#availableIn(after)
  }

  /** Whether a Pod that nobody controls is one that `set` would take: by its labels and by its name. */
  wouldAdopt(set: StatefulSet, pod: Pod): boolean {
    return (
      set.metadata.namespace === pod.metadata.namespace &&
      ordinalOf(set, pod) !== undefined &&
      labelSelectorPredicate(set.spec?.selector)(pod.metadata.labels)
    )
  }

  async #claim(set: StatefulSet): Promise<void> {
    const { client } = this.#context
    const orphans = this.#owned.orphansBeside(set).filter((pod) => this.wouldAdopt(set, pod))
    const candidates = [...this.#owned.of(set), ...orphans]
    const matches = labelSelectorPredicate(set.spec?.selector)
    const mine = await claim({ client, resource: pods, owner: set, matches }, candidates)
    await Promise.all(mine.filter((pod) => !candidates.includes(pod)).map((adopted) => whenSeen(this.#pods, adopted)))
  }

  #picture(set: StatefulSet, { revisions, latest }: History): PlanOptions {
    const version = (revision: ControllerRevision) => ({ name: revision.metadata.name ?? '', template: templateOf(revision) })
    const current = revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? latest
    const now = this.#context.clock.now()
    return { set, current: version(current), update: version(latest), pods: this.#owned.of(set), now }
  }

  async #step(picture: PlanOptions): Promise<void> {
    const { set } = picture
    const todo = plan(picture)
    await Promise.all([...todo.create.map((pod) => this.#create(set, pod)), ...todo.delete.map((pod) => this.#remove(set, pod))])
  }

  async #create(set: StatefulSet, pod: Pod): Promise<void> {
    const what = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`
    try {
      await this.#createClaims(set, pod)
      const created = await this.#context.client.create(pods, pod, this.#signal)
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `${what} successful`)
      await whenSeen(this.#pods, created)
    } catch (error) {
      if (!isNamespaceGone(error))
        this.#recorder.event(set, 'Warning', 'FailedCreate', `${what} failed error: ${messageOf(error)}`)
      throw error
    }
  }

  async #createClaims(set: StatefulSet, pod: Pod): Promise<void> {
    for (const wanted of claimsOf(set, pod)) {
      const what = `create Claim ${wanted.metadata.name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`
      await this.#context.client.create(persistentVolumeClaims, wanted, this.#signal).then(
        () => this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `${what} success`),
        (error: unknown) => {
          if (!isAlreadyExists(error)) throw error
        },
      )
    }
  }

  async #remove(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata
    await this.#context.client
      .delete(pods, { namespace, name }, { preconditions: { uid } }, this.#signal)
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
    const message = `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`
    this.#recorder.event(set, 'Normal', 'SuccessfulDelete', message)
    await whenSeenDeleted(this.#pods, pod)
  }

  async #writeStatus(set: StatefulSet, status: object): Promise<void> {
    if (semanticEqual(set.status, { ...set.status, ...status })) return
    const { namespace, name = '' } = set.metadata
    const patch = { type: 'merge', subresource: 'status', body: { status } } as const
    await this.#context.client.patch(statefulSets, { namespace, name }, patch, this.#signal).then(
      (after) => whenSeen(this.#sets, after),
      (error: unknown) => {
        if (!isNotFound(error)) throw error
      },
    )
  }

  #forget({ set, current, update, pods: mine }: PlanOptions, history: History): Promise<void> {
    const live = new Set([current.name, update.name, ...mine.map(revisionOf)])
    const isLive = ({ metadata }: ControllerRevision): boolean => live.has(metadata.name)
    return removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
  }

  #availableIn({ set, pods: mine, now }: PlanOptions): number | undefined {
    const seconds = set.spec?.minReadySeconds ?? 0
    if (seconds === 0) return undefined
    const soon = Math.min(...mine.map((pod) => availableIn(pod, seconds, now)).filter((wait) => wait > 0))
    return Number.isFinite(soon) ? soon : undefined
  }
}
