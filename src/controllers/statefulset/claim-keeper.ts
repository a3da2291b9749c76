import { type PersistentVolumeClaim, persistentVolumeClaims, type Pod, type StatefulSet } from '../../api/index.ts'
import { type Cache, type Client, isAlreadyExists, isNamespaceGone, type Recorder, whenSeen } from '../../client/index.ts'
import { messageOf } from '../../lib/index.ts'
import { ignoreOutdated } from '../outdated.ts'
import { claimsOf, conflictingController, isStale, ownersOf } from './claims.ts'

export interface ClaimKeeperOptions {
  readonly client: Client
  readonly cache: Cache<PersistentVolumeClaim>
  readonly recorder: Recorder
}

/** The claims that Pods of StatefulSets mount. Source: pkg/controller/statefulset/stateful_pod_control.go. */
export class ClaimKeeper {
  readonly #client: Client
  readonly #cache: Cache<PersistentVolumeClaim>
  readonly #recorder: Recorder
  readonly #signal: AbortSignal

  constructor({ client, cache, recorder }: ClaimKeeperOptions, signal: AbortSignal) {
    this.#client = client
    this.#cache = cache
    this.#recorder = recorder
    this.#signal = signal
  }

  /** Whether a Pod can't be made yet because a claim of its name is still about to go. */
  isWaiting(set: StatefulSet, pod: Pod): boolean {
    return claimsOf(set, pod).some((wanted) => {
      const claim = this.#find(wanted)
      return claim !== undefined && isStale(set, pod, claim)
    })
  }

  /** Makes the claims of a Pod that aren't there. Rejects when one can't be made, or is being deleted. */
  async create(set: StatefulSet, pod: Pod): Promise<void> {
    for (const wanted of claimsOf(set, pod)) {
      if (this.#find(wanted)?.metadata.deletionTimestamp) throw new Error(`pvc ${wanted.metadata.name} is being deleted`)
      if (this.#find(wanted)) continue
      const [claim, who] = [
        `create Claim ${wanted.metadata.name}`,
        `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`,
      ]
      await this.#client.create(persistentVolumeClaims, wanted, this.#signal).then(
        async (made) => {
          this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `${claim} ${who} success`)
          await whenSeen(this.#cache, made)
        },
        (error: unknown) => {
          if (isAlreadyExists(error)) return
          const message = `${claim} for ${who} failed error: ${messageOf(error)}`
          if (!isNamespaceGone(error)) this.#recorder.event(set, 'Warning', 'FailedCreate', message)
          throw error
        },
      )
    }
  }

  /** Before a Pod goes, its claims must say whether they go with it. */
  async keepOwners(set: StatefulSet, pod: Pod): Promise<void> {
    for (const wanted of claimsOf(set, pod)) {
      const claim = this.#find(wanted)
      if (!claim) continue
      const { namespace, name = '', uid } = claim.metadata
      if (conflictingController(set, pod, claim.metadata.ownerReferences)) {
        const why = 'has a conflicting OwnerReference that acts as a manging controller'
        const message = `PersistentVolumeClaim ${name} ${why}, the retention policy is ignored for this claim`
        this.#recorder.event(set, 'Warning', 'ConflictingController', message)
      }
      const ownerReferences = ownersOf(set, pod, claim)
      if (!ownerReferences) continue
      const patch = { type: 'merge', body: { metadata: { uid, ownerReferences } } } as const
      const written = this.#client.patch(persistentVolumeClaims, { namespace, name }, patch, this.#signal)
      await written.then((after) => whenSeen(this.#cache, after)).catch(ignoreOutdated)
    }
  }

  #find({ metadata }: PersistentVolumeClaim): PersistentVolumeClaim | undefined {
    return this.#cache.get(`${metadata.namespace}/${metadata.name}`)
  }
}
