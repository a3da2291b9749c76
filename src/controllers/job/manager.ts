import { type Job, jobs, type JobStatus, labelSelectorPredicate, type Pod, pods, semanticEqual } from '../../api/index.ts'
import { type Cache, isConflict, isNamespaceGone, isNotFound, whenSeen, whenSeenDeleted } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { OwnedPods } from '../owned-pods.ts'
import { expiresIn, finished } from './conditions.ts'
import { Failures } from './failures.ts'
import { plan } from './plan.ts'
import { isTracked, TRACKING } from './pod.ts'

/** Takes one Job after the other a step further. */
export class JobManager {
  readonly #context: ControllerContext
  readonly #jobs: Cache<Job>
  readonly #pods: Cache<Pod>
  readonly #owned: OwnedPods
  readonly #failures = new Failures()
  readonly #signal: AbortSignal

  constructor(context: ControllerContext, signal: AbortSignal) {
    const { caches } = context
    this.#context = context
    this.#jobs = caches.of(jobs)
    this.#pods = caches.of(pods)
    this.#owned = new OwnedPods(context, { owners: jobs, component: 'job-controller' }, signal)
    this.#signal = signal
  }

  /** Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(key: string): Promise<number | undefined> {
    const job = this.#jobs.get(key)
    if (!job) return undefined
    if (job.metadata.deletionTimestamp || finished(job)) return this.#expire(job)
    if (!isManagedHere(job)) return undefined
    const mine = await this.#owned.claim(job, labelSelectorPredicate(job.spec?.selector))
    const gone = this.#failures.note(job, mine)
    const { again, ...todo } = plan({ job, pods: mine, gone, now: this.#context.clock.now() })
    if (!(await this.#writeStatus(job, todo.status))) return 0
    try {
      await this.#releaseAll([...todo.release, ...todo.withdraw])
      await Promise.all([...todo.delete, ...todo.withdraw].map((pod) => this.#owned.remove(job, pod)))
      await this.#owned.createAll(job, todo.create)
    } catch (error) {
      if (!isNamespaceGone(error)) throw error
    }
    return again
  }

  /** Whether a Pod that nobody controls is one that `job` would take. */
  wouldAdopt(job: Job, pod: Pod): boolean {
    return labelSelectorPredicate(job.spec?.selector)(pod.metadata.labels)
  }

  /** Lets go of a Pod whose Job is gone: nobody will count it. */
  release(pod: Pod): Promise<void> {
    return this.#releaseAll([pod])
  }

  /** Nobody counts the Pods of a Job that has ended or is being deleted; it goes itself when its time to live is over. */
  async #expire(job: Job): Promise<number | undefined> {
    this.#failures.forget(job.metadata.uid)
    if (isManagedHere(job)) await this.#releaseAll(this.#owned.of(job))
    const wait = expiresIn(job, this.#context.clock.now())
    if (job.metadata.deletionTimestamp || wait === undefined) return undefined
    if (wait > 0) return wait
    const { namespace, name = '', uid } = job.metadata
    const options = { preconditions: { uid }, propagationPolicy: 'Foreground' } as const
    await this.#context.client.delete(jobs, { namespace, name }, options, this.#signal).catch(ignoreGone)
    return undefined
  }

  async #releaseAll(list: readonly Pod[]): Promise<void> {
    await Promise.all(list.filter(isTracked).map((pod) => this.#release(pod)))
  }

  async #release({ metadata: { namespace, name = '', uid, finalizers = [] } }: Pod): Promise<void> {
    const body = { metadata: { uid, finalizers: finalizers.filter((finalizer) => finalizer !== TRACKING) } }
    const written = this.#context.client.patch(pods, { namespace, name }, { type: 'merge', body }, this.#signal)
    // A deleted Pod goes with its last finalizer, and is not seen again.
    const seen = (after: Pod): Promise<void> =>
      after.metadata.deletionTimestamp ? whenSeenDeleted(this.#pods, after) : whenSeen(this.#pods, after)
    await written.then(seen, ignoreGone)
  }

  /** Answers false when somebody else wrote in between, so that nothing may be done on this picture. */
  async #writeStatus(job: Job, status: JobStatus): Promise<boolean> {
    if (semanticEqual(job.status, status)) return true
    try {
      const written = await this.#context.client.updateStatus(jobs, { ...job, status }, this.#signal)
      this.#tell(job, written)
      await whenSeen(this.#jobs, written)
      return true
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      return false
    }
  }

  /** Events for the conditions that are new. */
  #tell(before: Job, after: Job): void {
    for (const { type, status, reason = '', message = '' } of after.status?.conditions ?? []) {
      if (before.status?.conditions?.some((known) => known.type === type && known.status === status)) continue
      if (type === 'Complete') this.#tellComplete(after)
      if (type === 'Failed') this.#owned.recorder.event(after, 'Warning', reason, message)
      if (type === 'Suspended') this.#owned.recorder.event(after, 'Normal', status === 'True' ? 'Suspended' : 'Resumed', message)
    }
  }

  #tellComplete(job: Job): void {
    const { recorder } = this.#owned
    const message = 'Too many succeeded pods running after completion count reached'
    if ((job.status?.succeeded ?? 0) > (job.spec?.completions ?? Infinity))
      recorder.event(job, 'Warning', 'TooManySucceededPods', message)
    recorder.event(job, 'Normal', 'Completed', 'Job completed')
  }
}

const isManagedHere = ({ spec }: Job): boolean =>
  (spec?.managedBy ?? 'kubernetes.io/job-controller') === 'kubernetes.io/job-controller'

function ignoreGone(error: unknown): void {
  if (!isNotFound(error) && !isConflict(error)) throw error
}
