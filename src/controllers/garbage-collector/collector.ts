import { apiVersionOf, type KubeObject, type OwnerReference } from '../../api/index.ts'
import { createRecorder, type DiscoveredResource, isConflict, isNotFound, type Recorder } from '../../client/index.ts'
import type { ControllerContext } from '../context.ts'
import {
  type Existence,
  isNameOf,
  isResourceOf,
  isWithinReach,
  type Item,
  judge,
  ownersOf,
  OwnershipGraph,
  unblockedOwners,
  type Verdict,
} from './graph.ts'

/** How many owners that are gone are remembered, so as not to ask for them again. */
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
  readonly #recorder: Recorder

  constructor(context: ControllerContext, resources: readonly DiscoveredResource[], signal: AbortSignal) {
    this.#context = context
    this.#resources = resources
    this.#recorder = createRecorder({ ...context, component: 'garbage-collector-controller' })
    this.#signal = signal
  }

  /** Takes note of a change. Answers the uids of the objects to look at because of it. */
  see({ resource, after, before }: Sighting): readonly string[] {
    const replaced =
      after && before && after.metadata.uid !== before.metadata.uid ? this.see({ resource, after: undefined, before }) : []
    const uid = (after ?? before)?.metadata.uid ?? ''
    const item = after && { resource, object: after }
    this.#graph.set(uid, item)
    const dependents = this.#graph.dependentsOf(uid)
    const strangers = item && !before ? dependents.filter((dependent) => this.#isStranger(item, dependent)) : []
    if (item && !before) for (const owner of ownersOf(after)) this.#isStranger(this.#graph.get(owner.uid), item)
    const going = !after || after.metadata.deletionTimestamp !== undefined
    return [
      ...replaced,
      ...(after && (going || ownersOf(after).length > 0) ? [uid] : []),
      // Who waits for its dependents looks again when one doesn't keep it any more; what belongs to a going owner goes too.
      ...unblockedOwners(before, after),
      ...(going ? dependents : strangers).map(({ object }) => object.metadata.uid ?? ''),
    ]
  }

  /** Whether `dependent` says that it belongs to an object in another namespace, which can't be; people are told. */
  #isStranger(owner: Item | undefined, dependent: Item): boolean {
    const { resource, object } = dependent
    const reference = ownersOf(object).find(({ uid }) => uid === owner?.object.metadata.uid)
    if (!owner || !reference || isWithinReach(owner, dependent)) return false
    const { apiVersion, kind, name, uid } = reference
    const { namespace = '' } = object.metadata
    const what = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`
    const about = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }
    const message = `ownerRef ${what} does not exist in namespace "${namespace}"`
    this.#recorder.event(about, 'Warning', 'OwnerRefInvalidNamespace', message)
    return true
  }

  /** Looks at one object. Answers after how many milliseconds to look again; undefined when an event will say so. */
  async sync(uid: string): Promise<number | undefined> {
    const item = this.#graph.get(uid)
    if (!item) return undefined
    const owners = ownersOf(item.object)
    const existence = await Promise.all(owners.map((owner) => this.#existenceOf(owner, item)))
    const verdict = judge(item, this.#graph, (owner) => existence[owners.indexOf(owner)] ?? 'unknown')
    // Somebody else changed or deleted it: the event says so and asks for another look.
    await this.#carryOut(item, verdict).catch(ignoreOutdated)
    return verdict.action === 'orphan' ? LOOK_AGAIN : undefined
  }

  /** The API server has the last word on an owner that isn't known, or is known as something else than the reference says. */
  async #existenceOf(reference: OwnerReference, dependent: Item): Promise<Existence> {
    const known = this.#graph.get(reference.uid)
    if (known && isWithinReach(known, dependent) && isNameOf(reference, known)) return 'there'
    const { namespace } = dependent.object.metadata
    const resource = this.#resources.find((candidate) => isResourceOf(candidate, reference))
    if (!resource || (resource.namespaced && !namespace)) return 'unknown'
    const name = { ...(resource.namespaced ? { namespace } : {}), name: reference.name }
    const key = [resource.group, resource.plural, name.namespace, name.name, reference.uid].join('/')
    if (this.#absent.has(key)) return 'gone'
    const found = await this.#context.client.get(resource, name, this.#signal).catch(ignoreMissing)
    if (found?.metadata.uid === reference.uid) return 'there'
    this.#absent.add(key)
    if (this.#absent.size > REMEMBERED) this.#absent.delete(this.#absent.values().next().value!)
    return 'gone'
  }

  async #carryOut(item: Item, verdict: Verdict): Promise<void> {
    const { client } = this.#context
    const { resource, object } = item
    const { uid, resourceVersion, finalizers = [] } = object.metadata
    if (verdict.action === 'delete') {
      const unblocked = verdict.unblocked ? await this.#unblockOwners(item) : object
      // Of this version only: somebody may have taken it in since.
      const preconditions = { uid, resourceVersion: unblocked.metadata.resourceVersion }
      await client.delete(resource, nameOf(object), { propagationPolicy: verdict.propagation, preconditions }, this.#signal)
    } else if (verdict.action === 'release') {
      await this.#setOwners(item, (owner) => !verdict.from.has(owner.uid))
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

  async #setOwners(item: Item, keep: (owner: OwnerReference) => boolean): Promise<void> {
    await this.#patchOwners(item, ownersOf(item.object).filter(keep))
  }

  #unblockOwners(item: Item): Promise<KubeObject> {
    return this.#patchOwners(
      item,
      ownersOf(item.object).map((owner) => ({ ...owner, blockOwnerDeletion: false })),
    )
  }

  #patchOwners({ resource, object }: Item, ownerReferences: readonly OwnerReference[]): Promise<KubeObject> {
    const { uid, resourceVersion } = object.metadata
    const body = { metadata: { uid, resourceVersion, ownerReferences } }
    return this.#context.client.patch(resource, nameOf(object), { type: 'merge', body }, this.#signal)
  }
}

const nameOf = ({ metadata }: KubeObject) => ({ namespace: metadata.namespace, name: metadata.name ?? '' })

function ignoreOutdated(error: unknown): undefined {
  if (!isConflict(error)) return ignoreMissing(error)
}

function ignoreMissing(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
