import {
  controllerRevisions,
  type ControllerRevision,
  type DaemonSet,
  daemonSets,
  labelSelectorPredicate,
  type Node,
  nodes,
  type Pod,
} from '../../api/index.ts'
import type { Cache } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { OwnedPods } from '../owned-pods.ts'
import { patchStatus } from '../patch-status.ts'
import { nextAvailableIn, soonest } from '../pod-availability.ts'
import { removeSurplus, reviseHistory, REVISION_HASH, type RevisionContext } from '../revisions.ts'
import { plan, type PlanOptions, statusOf } from './plan.ts'

/** Takes one DaemonSet after the other a step further. */
export class DaemonSetManager {
  readonly #context: ControllerContext
  readonly #sets: Cache<DaemonSet>
  readonly #nodes: Cache<Node>
  readonly #pods: OwnedPods
  readonly #history: RevisionContext
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches } = context
    this.#context = context
    this.#sets = caches.of(daemonSets)
    this.#nodes = caches.of(nodes)
    this.#pods = new OwnedPods(context, { component: 'daemonset-controller' }, signal)
    this.#history = { client, cache: caches.of(controllerRevisions), signal }
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const set = this.#sets.get(key)
    // What a set that is being deleted has, the garbage collector removes; nothing may be made anew for it.
    if (!set || set.metadata.deletionTimestamp) return undefined
    await this.#pods.claim(set, labelSelectorPredicate(set.spec?.selector))
    const history = await reviseHistory(this.#history, set)
    const hash = history.latest.metadata.labels?.[REVISION_HASH] ?? ''
    const todo = plan(this.#picture(set, hash))
    try {
      await Promise.all([
        ...todo.create.map((pod) => this.#pods.create(set, pod)),
        ...todo.delete.map((pod) => this.#pods.remove(set, pod)),
      ])
    } catch (error) {
      this.#pods.complain(set, error)
    }
    const after = this.#picture(set, hash)
    const { client } = this.#context
    await patchStatus({ client, cache: this.#sets, signal: this.#signal }, set, statusOf(after, history.collisionCount))
    const live = new Set([hash, ...after.pods.map(({ metadata }) => metadata.labels?.[REVISION_HASH])])
    const isLive = ({ metadata }: ControllerRevision): boolean => live.has(metadata.labels?.[REVISION_HASH])
    await removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
    return soonest([todo.again, nextAvailableIn(after.pods, set.spec?.minReadySeconds ?? 0, after.now)])
  }

  /** Whether a Pod that nobody controls is one that `set` would take. */
  wouldAdopt(set: DaemonSet, pod: Pod): boolean {
    return labelSelectorPredicate(set.spec?.selector)(pod.metadata.labels)
  }

  #picture(set: DaemonSet, hash: string): PlanOptions {
    return { set, hash, nodes: this.#nodes.list(), pods: this.#pods.of(set), now: this.#context.clock.now() }
  }
}
