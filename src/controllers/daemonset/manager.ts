import {
  controllerRevisions,
  type ControllerRevision,
  type DaemonSet,
  daemonSets,
  labelSelectorPredicate,
  type Node,
  nodes,
  type Pod,
  pods,
  semanticEqual,
} from '../../api/index.ts'
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
import { podsOf, type PodsOf } from '../pods-of.ts'
import { removeSurplus, reviseHistory, REVISION_HASH, type RevisionContext } from '../revisions.ts'
import { plan, type PlanOptions, statusOf } from './plan.ts'

/** Takes one DaemonSet after the other a step further. */
export class DaemonSetManager {
  readonly #context: ControllerContext
  readonly #sets: Cache<DaemonSet>
  readonly #nodes: Cache<Node>
  readonly #pods: Cache<Pod>
  readonly #owned: PodsOf
  readonly #history: RevisionContext
  readonly #recorder: Recorder
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches, clock, log } = context
    this.#context = context
    this.#sets = caches.of(daemonSets)
    this.#nodes = caches.of(nodes)
    this.#pods = caches.of(pods)
    this.#owned = podsOf(this.#pods)
    this.#history = { client, cache: caches.of(controllerRevisions), signal }
    this.#recorder = createRecorder({ client, component: 'daemonset-controller', clock, log })
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const set = this.#sets.get(key)
    // What a set that is being deleted has, the garbage collector removes; nothing may be made anew for it.
    if (!set || set.metadata.deletionTimestamp) return undefined
    await this.#claim(set)
    const history = await reviseHistory(this.#history, set)
    const hash = history.latest.metadata.labels?.[REVISION_HASH] ?? ''
    const todo = plan(this.#picture(set, hash))
    try {
      await Promise.all([
        ...todo.create.map((pod) => this.#create(set, pod)),
        ...todo.delete.map((pod) => this.#remove(set, pod)),
      ])
    } catch (error) {
      this.#report(set, error)
    }
    const after = this.#picture(set, hash)
    await this.#writeStatus(set, statusOf(after, history.collisionCount))
    const live = new Set([hash, ...after.pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH])])
    const isLive = ({ metadata }: ControllerRevision): boolean => live.has(metadata.labels?.[REVISION_HASH])
    await removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
    return soonest([todo.again, this.#availableIn(after)])
  }

  /** Whether a Pod that nobody controls is one that `set` would take. */
  wouldAdopt(set: DaemonSet, pod: Pod): boolean {
    return set.metadata.namespace === pod.metadata.namespace && labelSelectorPredicate(set.spec?.selector)(pod.metadata.labels)
  }

  async #claim(set: DaemonSet): Promise<void> {
    const candidates = [...this.#owned.of(set), ...this.#owned.orphansBeside(set)]
    const matches = labelSelectorPredicate(set.spec?.selector)
    const mine = await claim({ client: this.#context.client, resource: pods, owner: set, matches }, candidates)
    await Promise.all(mine.filter((pod) => !candidates.includes(pod)).map((adopted) => whenSeen(this.#pods, adopted)))
  }

  #picture(set: DaemonSet, hash: string): PlanOptions {
    return { set, hash, nodes: this.#nodes.list(), pods: this.#owned.of(set), now: this.#context.clock.now() }
  }

  async #create(set: DaemonSet, pod: Pod): Promise<void> {
    const created = await this.#context.client.create(pods, pod, this.#signal)
    this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
    await whenSeen(this.#pods, created)
  }

  async #remove(set: DaemonSet, pod: Pod): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata
    await this.#context.client
      .delete(pods, { namespace, name }, { preconditions: { uid } }, this.#signal)
      .catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
    this.#recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    await whenSeenDeleted(this.#pods, pod)
  }

  #report(set: DaemonSet, error: unknown): void {
    if (isNamespaceGone(error)) return
    this.#recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
    throw error
  }

  async #writeStatus(set: DaemonSet, status: object): Promise<void> {
    if (semanticEqual(set.status, { ...set.status, ...status })) return
    const { namespace, name = '' } = set.metadata
    const patch = { type: 'merge', subresource: 'status', body: { status } } as const
    await this.#context.client.patch(daemonSets, { namespace, name }, patch, this.#signal).then(
      (after) => whenSeen(this.#sets, after),
      (error: unknown) => {
        if (!isNotFound(error)) throw error
      },
    )
  }

  #availableIn({ set, pods: mine, now }: PlanOptions): number | undefined {
    const seconds = set.spec?.minReadySeconds ?? 0
    return seconds === 0 ? undefined : soonest(mine.map((pod) => availableIn(pod, seconds, now)))
  }
}

/** The shortest of the waits that are ahead; undefined when none is. */
function soonest(waits: readonly (number | undefined)[]): number | undefined {
  const ahead = waits.filter((wait) => wait !== undefined).filter((wait) => wait > 0 && Number.isFinite(wait))
  return ahead.length > 0 ? Math.min(...ahead) : undefined
}
