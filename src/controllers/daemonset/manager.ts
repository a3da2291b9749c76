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
} from '../../api/index.ts'
import { type Cache, isNamespaceGone, whenSeen } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { OwnedPods } from '../owned-pods.ts'
import { patchStatus } from '../patch-status.ts'
import { nextAvailableIn, soonest } from '../pod-availability.ts'
import { type History, removeRevisions, removeSurplus, reviseHistory, REVISION_HASH, type RevisionContext } from '../revisions.ts'
import { Failures } from './failures.ts'
import type { Picture } from './places.ts'
import { plan, type Plan } from './plan.ts'
import { statusOf } from './status.ts'

/** Takes one DaemonSet after the other a step further. */
export class DaemonSetManager {
  readonly #context: ControllerContext
  readonly #sets: Cache<DaemonSet>
  readonly #nodes: Cache<Node>
  readonly #pods: OwnedPods
  readonly #history: RevisionContext
  readonly #failures = new Failures()
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches } = context
    this.#context = context
    this.#sets = caches.of(daemonSets)
    this.#nodes = caches.of(nodes)
    this.#pods = new OwnedPods(context, { owners: daemonSets, component: 'daemonset-controller' }, signal)
    this.#history = { client, cache: caches.of(controllerRevisions), owners: daemonSets, hashLabel: REVISION_HASH, signal }
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const set = this.#sets.get(key)
    // What a set that is being deleted has, the garbage collector removes; nothing may be made anew for it.
    if (!set || set.metadata.deletionTimestamp) return undefined
    await this.#pods.claim(set, labelSelectorPredicate(set.spec?.selector))
    const history = await reviseHistory(this.#history, set)
    await this.#unite(set, history)
    const before = this.#picture(set, history)
    const todo = plan({ ...before, retryIn: (node) => this.#failures.retryIn(set, node, before.now) })
    const failure = await this.#carryOut(before, todo).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    const after = this.#picture(set, history)
    const { client } = this.#context
    await patchStatus({ client, cache: this.#sets, signal: this.#signal }, set, statusOf(after, history.collisionCount))
    if (failure && !isNamespaceGone(failure.error)) throw failure.error
    await this.#forget(after, history)
    return soonest([todo.again, nextAvailableIn(after.pods, set.spec?.minReadySeconds ?? 0, after.now)])
  }

  /** Whether a Pod that nobody controls is one that `set` would take. */
  wouldAdopt(set: DaemonSet, pod: Pod): boolean {
    return labelSelectorPredicate(set.spec?.selector)(pod.metadata.labels)
  }

  #picture(set: DaemonSet, { latest }: History): Picture {
    return { set, hash: hashOf(latest), nodes: this.#nodes.list(), pods: this.#pods.of(set), now: this.#context.clock.now() }
  }

  /** One revision of each template: Pods of the others get the hash of the one that stays. */
  async #unite(set: DaemonSet, { latest, duplicates }: History): Promise<void> {
    const cache = this.#context.caches.of(pods)
    const hashes = new Set(duplicates.map(hashOf))
    for (const { metadata } of this.#pods.of(set)) {
      const { namespace, name = '', labels } = metadata
      if (!hashes.has(labels?.[REVISION_HASH] ?? '')) continue
      const patch = { type: 'merge', body: { metadata: { labels: { [REVISION_HASH]: hashOf(latest) } } } } as const
      const written = this.#context.client.patch(pods, { namespace, name }, patch, this.#signal)
      await written.then((after) => whenSeen(cache, after)).catch(ignoreOutdated)
    }
    await removeRevisions(this.#history, duplicates)
  }

  async #carryOut({ set, now }: Picture, todo: Plan): Promise<void> {
    const { recorder } = this.#pods
    for (const { node, pod } of todo.ended) {
      const which = `daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${node}`
      if (pod.status?.phase === 'Succeeded') {
        recorder.event(set, 'Normal', 'SucceededDaemonPod', `Found succeeded ${which}, will try to delete it`)
        continue
      }
      recorder.event(set, 'Warning', 'FailedDaemonPod', `Found failed ${which}, will try to kill it`)
      this.#failures.count(set, node, now)
    }
    await Promise.all([this.#pods.createAll(set, todo.create), ...todo.delete.map((pod) => this.#pods.remove(set, pod))])
  }

  #forget({ set, hash, pods: mine }: Picture, history: History): Promise<void> {
    const live = new Set([hash, ...mine.map(({ metadata }) => metadata.labels?.[REVISION_HASH])])
    const isLive = (revision: ControllerRevision): boolean => live.has(hashOf(revision))
    return removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
  }
}

const hashOf = ({ metadata }: ControllerRevision): string => metadata.labels?.[REVISION_HASH] ?? metadata.name ?? ''
