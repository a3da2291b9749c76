import {
  type ControllerRevision,
  controllerRevisions,
  labelSelectorPredicate,
  persistentVolumeClaims,
  type Pod,
  pods,
  type StatefulSet,
  statefulSets,
} from '../../api/index.ts'
import { type Cache, isNamespaceGone, whenSeen } from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { OwnedPods, type Words } from '../owned-pods.ts'
import { patchStatus } from '../patch-status.ts'
import { nextAvailableIn, soonest } from '../pod-availability.ts'
import { type History, removeSurplus, reviseHistory, type RevisionContext, templateOf } from '../revisions.ts'
import { ClaimKeeper } from './claim-keeper.ts'
import { isTerminating, plan, type PlanOptions } from './plan.ts'
import { missingIdentity, ordinalOf, revisionOf } from './pod.ts'
import { statusOf } from './status.ts'

/** Milliseconds until it is seen whether a claim has gone. */
const CLAIM_RETRY = 1_000

/** Source: pkg/controller/history ControllerRevisionHashLabel. */
const HASH = 'controller.kubernetes.io/hash'

/** Source: pkg/controller/statefulset/stateful_pod_control.go recordPodEvent. */
const WORDS: Words = (done, { owner, pod, error }) => {
  const how = error === undefined ? 'successful' : `failed error: ${messageOf(error)}`
  return `${done} Pod ${pod} in StatefulSet ${owner.metadata.name} ${how}`
}

/** Takes one StatefulSet after the other a step further. */
export class StatefulSetManager {
  readonly #context: ControllerContext
  readonly #sets: Cache<StatefulSet>
  readonly #pods: OwnedPods
  readonly #claims: ClaimKeeper
  readonly #history: RevisionContext
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches } = context
    this.#context = context
    this.#sets = caches.of(statefulSets)
    this.#pods = new OwnedPods(context, { owners: statefulSets, component: 'statefulset-controller', words: WORDS }, signal)
    const cache = caches.of(persistentVolumeClaims)
    this.#claims = new ClaimKeeper({ client, cache, recorder: this.#pods.recorder }, signal)
    this.#history = { client, cache: caches.of(controllerRevisions), owners: statefulSets, hashLabel: HASH, signal }
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const set = this.#sets.get(key)
    // What a set that is being deleted has, the garbage collector removes; nothing may be made anew for it.
    if (!set || set.metadata.deletionTimestamp) return undefined
    const matches = labelSelectorPredicate(set.spec?.selector)
    await this.#pods.claim(set, matches, (orphan) => this.wouldAdopt(set, orphan))
    const history = await reviseHistory(this.#history, set)
    const done = await this.#step(this.#picture(set, history)).then(
      (isWaiting) => ({ isWaiting }),
      (error: unknown) => ({ error }),
    )
    const after = this.#picture(set, history)
    const { client } = this.#context
    await patchStatus({ client, cache: this.#sets, signal: this.#signal }, set, statusOf(after, history.collisionCount))
    if ('error' in done && !isNamespaceGone(done.error)) throw done.error
    await this.#forget(after, history)
    const again = nextAvailableIn(after.pods, set.spec?.minReadySeconds ?? 0, after.now)
    return soonest([again, 'isWaiting' in done && done.isWaiting ? CLAIM_RETRY : undefined])
  }

  /** Whether a Pod that nobody controls is one that `set` would take: by its labels and by its name. */
  wouldAdopt(set: StatefulSet, pod: Pod): boolean {
    return ordinalOf(set, pod) !== undefined && labelSelectorPredicate(set.spec?.selector)(pod.metadata.labels)
  }

  #picture(set: StatefulSet, { revisions, latest }: History): PlanOptions {
    const version = (revision: ControllerRevision) => ({ name: revision.metadata.name ?? '', template: templateOf(revision) })
    const current = revisions.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? latest
    const now = this.#context.clock.now()
    return { set, current: version(current), update: version(latest), pods: this.#pods.of(set), now }
  }

  /** Answers whether something waits for what no event will tell of. */
  async #step(picture: PlanOptions): Promise<boolean> {
    const { set, pods: mine } = picture
    for (const pod of mine) {
      if (pod.status?.phase === 'Pending' && !isTerminating(pod)) await this.#claims.create(set, pod)
      await this.#claims.keepOwners(set, pod)
    }
    const todo = plan(picture)
    const create = todo.create.filter((pod) => !this.#claims.isWaiting(set, pod))
    await Promise.all([
      ...mine.map((pod) => this.#identify(set, pod)),
      ...create.map((pod) => this.#create(set, pod)),
      ...todo.delete.map((pod) => this.#pods.remove(set, pod)),
    ])
    return create.length < todo.create.length
  }

  async #create(set: StatefulSet, pod: Pod): Promise<void> {
    await this.#claims.create(set, pod).catch((error: unknown) => {
      if (!isNamespaceGone(error)) this.#pods.tellFailure('create', { owner: set, pod: pod.metadata.name ?? '', error })
      throw error
    })
    await this.#pods.create(set, pod)
  }

  /** A Pod that was adopted is given the labels that the set's own have. */
  async #identify(set: StatefulSet, pod: Pod): Promise<void> {
    const labels = isTerminating(pod) ? undefined : missingIdentity(set, pod)
    if (!labels) return
    const { namespace, name = '', uid } = pod.metadata
    const patch = { type: 'merge', body: { metadata: { uid, labels } } } as const
    await this.#context.client.patch(pods, { namespace, name }, patch, this.#signal).then(async (after) => {
      const message = `update Pod ${name} in StatefulSet ${set.metadata.name} successful`
      this.#pods.recorder.event(set, 'Normal', 'SuccessfulUpdate', message)
      await whenSeen(this.#context.caches.of(pods), after)
    }, ignoreOutdated)
  }

  #forget({ set, current, update, pods: mine }: PlanOptions, history: History): Promise<void> {
    const live = new Set([current.name, update.name, ...mine.map(revisionOf)])
    const isLive = ({ metadata }: ControllerRevision): boolean => live.has(metadata.name)
    return removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
  }
}
