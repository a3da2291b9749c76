import type { KubeObject, OwnerReference } from '../../api/index.ts'
import { type DiscoveredResource, isConflict, isNotFound } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import { isResourceOf, type Item, judge, ownersOf, OwnershipGraph, type Verdict } from './graph.ts'

/** How many uids of what is gone are remembered, so as not to ask for them again. */
const REMEMBERED = 10_000
/** Dependents lose their reference one after the other; then the orphaned object is looked at again. Milliseconds. */
const LOOK_AGAIN = 50

/** What changed about one object: `before` is undefined for a new one, `after` for one that is gone. */
export interface Sighting {
  readonly resource: DiscoveredResource
  readonly after: KubeObject | undefined
  readonly before: KubeObject | undefined
}

/** Knows who belongs to whom, and carries out what follows from it. */
export class GarbageCollector {
  readonly #context: ControllerContext
  readonly #resources: readonly DiscoveredResource[]
  readonly #signal: AbortSignal
  readonly #graph = new OwnershipGraph()
  readonly #absent = new Set<string>()

  constructor(context: ControllerContext, resources: readonly DiscoveredResource[], signal: AbortSignal) {
    this.#context = context
    this.#resources = resources
    this.#signal = signal
  }

  /** Takes note of a change. Answers the uids of the objects to look at because of it. */
  see({ resource, after, before }: Sighting): readonly string[] {
    const replaced =
      after && before && after.metadata.uid !== before.metadata.uid ? this.see({ resource, after: undefined, before }) : []
    const uid = (after ?? before)?.metadata.uid ?? ''
    this.#graph.set(uid, after && { resource, object: after })
    if (!after) this.#forget(uid)
    const going = !after || after.metadata.deletionTimestamp !== undefined
    return [
      ...replaced,
      ...(after && (going || ownersOf(after).length > 0) ? [uid] : []),
      // Who waits for its dependents looks again when one goes; what belongs to a going owner goes too.
      ...(after ? [] : ownersOf(before).map((owner) => owner.uid)),
      ...(going ? this.#graph.dependentsOf(uid).map(({ object }) => object.metadata.uid ?? '') : []),
    ]
  }

  /** Looks at one object. Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(uid: string): Promise<number | undefined> {
    const item = this.#graph.get(uid)
    if (!item) return undefined
    const owners = ownersOf(item.object)
    const there = await Promise.all(owners.map((owner) => this.#isThere(owner, item.object.metadata.namespace)))
    const verdict = judge(item, this.#graph, (owner) => there[owners.indexOf(owner)] ?? false)
    // Somebody else changed or deleted it: the event says so and asks for another look.
    await this.#carryOut(item, verdict).catch(ignoreOutdated)
    return verdict.action === 'orphan' ? LOOK_AGAIN : undefined
  }

  async #isThere(owner: OwnerReference, namespace: string | undefined): Promise<boolean> {
    if (this.#graph.get(owner.uid)) return true
    if (this.#absent.has(owner.uid)) return false
    const resource = this.#resources.find((candidate) => isResourceOf(candidate, owner))
    if (!resource) return true // a kind nobody knows here: not for us to judge
    const name = { ...(resource.namespaced ? { namespace } : {}), name: owner.name }
    const found = await this.#context.client.get(resource, name, this.#signal).catch(ignoreMissing)
    if (found?.metadata.uid === owner.uid) return true
    this.#forget(owner.uid)
    return false
  }

  #forget(uid: string): void {
    this.#absent.add(uid)
    if (this.#absent.size > REMEMBERED) this.#absent.delete(this.#absent.values().next().value!)
  }

  async #carryOut(item: Item, verdict: Verdict): Promise<void> {
    const { client } = this.#context
    const { resource, object } = item
    const { uid, resourceVersion, finalizers = [] } = object.metadata
    if (verdict.action === 'delete') {
      await client.delete(
        resource,
        nameOf(object),
        { propagationPolicy: verdict.propagation, preconditions: { uid } },
        this.#signal,
      )
    } else if (verdict.action === 'release') {
      await this.#setOwners(item, (owner) => !verdict.gone.has(owner.uid))
    } else if (verdict.action === 'orphan') {
      await Promise.all(
        verdict.dependents.map((dependent) => this.#setOwners(dependent, (owner) => owner.uid !== uid).catch(ignoreOutdated)),
      )
    } else if (verdict.action === 'unblock') {
      const left = finalizers.filter((finalizer) => finalizer !== verdict.finalizer)
      await client.patch(
        resource,
        nameOf(object),
        { type: 'merge', body: { metadata: { resourceVersion, finalizers: left } } },
        this.#signal,
      )
    }
  }

  async #setOwners({ resource, object }: Item, keep: (owner: OwnerReference) => boolean): Promise<void> {
    const { uid, resourceVersion } = object.metadata
    const metadata = { uid, resourceVersion, ownerReferences: ownersOf(object).filter(keep) }
    await this.#context.client.patch(resource, nameOf(object), { type: 'merge', body: { metadata } }, this.#signal)
  }
}

const nameOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

function ignoreOutdated(error: unknown): undefined {
  if (!isConflict(error)) return ignoreMissing(error)
}

function ignoreMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
