import {
  type ControllerRevision,
  controllerRevisions,
  labelSelectorPredicate,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type Pod,
  type StatefulSet,
  statefulSets,
} from '../../api/index.ts'
import { type Cache, isAlreadyExists, isNamespaceGone, whenSeen } from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { ControllerContext } from '../context.ts'
import { ignoreOutdated } from '../outdated.ts'
import { OwnedPods, type Words } from '../owned-pods.ts'
import { patchStatus } from '../patch-status.ts'
import { nextAvailableIn } from '../pod-availability.ts'
import { type History, removeSurplus, reviseHistory, type RevisionContext, templateOf } from '../revisions.ts'
import { claimsOf, ownersOf } from './claims.ts'
import { plan, type PlanOptions, statusOf } from './plan.ts'
import { ordinalOf, revisionOf } from './pod.ts'

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
  readonly #claims: Cache<PersistentVolumeClaim>
  readonly #history: RevisionContext
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { client, caches } = context
    this.#context = context
    this.#sets = caches.of(statefulSets)
    this.#pods = new OwnedPods(context, { owners: statefulSets, component: 'statefulset-controller', words: WORDS }, signal)
    this.#claims = caches.of(persistentVolumeClaims)
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
    await this.#step(this.#picture(set, history)).catch((error: unknown) => {
      if (!isNamespaceGone(error)) throw error
    })
    const after = this.#picture(set, history)
    const { client } = this.#context
    await patchStatus({ client, cache: this.#sets, signal: this.#signal }, set, statusOf(after, history.collisionCount))
    await this.#forget(after, history)
    return nextAvailableIn(after.pods, set.spec?.minReadySeconds ?? 0, after.now)
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

  async #step(picture: PlanOptions): Promise<void> {
    const { set } = picture
    await this.#keepClaims(picture)
    const todo = plan(picture)
    await Promise.all([
      ...todo.create.map((pod) => this.#create(set, pod)),
      ...todo.delete.map((pod) => this.#pods.remove(set, pod)),
    ])
  }

  async #create(set: StatefulSet, pod: Pod): Promise<void> {
    try {
      await this.#createClaims(set, pod)
      await this.#pods.create(set, pod)
    } catch (error) {
      const message = `create Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`
      if (!isNamespaceGone(error)) this.#pods.recorder.event(set, 'Warning', 'FailedCreate', message)
      throw error
    }
  }

  /** Before a Pod goes, its claims must say whether they go with it. */
  async #keepClaims({ set, pods }: PlanOptions): Promise<void> {
    for (const pod of pods) {
      for (const { metadata } of claimsOf(set, pod)) {
        const { namespace, name = '' } = metadata
        const claim = this.#claims.get(`${namespace}/${name}`)
        const ownerReferences = claim && ownersOf(set, pod, claim)
        if (!ownerReferences) continue
        const body = { metadata: { uid: claim.metadata.uid, ownerReferences } }
        const written = this.#context.client.patch(
          persistentVolumeClaims,
          { namespace, name },
          { type: 'merge', body },
          this.#signal,
        )
        await written.then((after) => whenSeen(this.#claims, after)).catch(ignoreOutdated)
      }
    }
  }

  async #createClaims(set: StatefulSet, pod: Pod): Promise<void> {
    for (const wanted of claimsOf(set, pod)) {
      const what = `create Claim ${wanted.metadata.name} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`
      await this.#context.client.create(persistentVolumeClaims, wanted, this.#signal).then(
        () => this.#pods.recorder.event(set, 'Normal', 'SuccessfulCreate', `${what} success`),
        (error: unknown) => {
          if (!isAlreadyExists(error)) throw error
        },
      )
    }
  }

  #forget({ set, current, update, pods: mine }: PlanOptions, history: History): Promise<void> {
    const live = new Set([current.name, update.name, ...mine.map(revisionOf)])
    const isLive = ({ metadata }: ControllerRevision): boolean => live.has(metadata.name)
    return removeSurplus(this.#history, history, { limit: set.spec?.revisionHistoryLimit ?? 10, isLive })
  }
}
