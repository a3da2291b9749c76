import { type KubeObject, type OwnerReference, type Resource } from '../../api/index.ts'

/** One object, as far as ownership is concerned. */
export interface Item {
  readonly resource: Resource
  readonly object: KubeObject
}

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

/** Which objects there are, by uid, and which say that they belong to which. Owners need not be there. */
export class OwnershipGraph {
  readonly #items = new Map<string, Item>()
  readonly #dependents = new Map<string, Set<string>>()

  get(uid: string): Item | undefined {
    return this.#items.get(uid)
  }

  dependentsOf(uid: string): readonly Item[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#items.get(dependent) ?? [])
  }

  /** Takes note of an object as it is now; undefined takes it out. */
  set(uid: string, item: Item | undefined): void {
    for (const owner of ownersOf(this.#items.get(uid)?.object)) {
      const dependents = this.#dependents.get(owner.uid)
      dependents?.delete(uid)
      if (dependents?.size === 0) this.#dependents.delete(owner.uid)
    }
    if (!item) return void this.#items.delete(uid)
    this.#items.set(uid, item)
    for (const owner of ownersOf(item.object)) {
      const dependents = this.#dependents.get(owner.uid)
      if (dependents) dependents.add(uid)
      else this.#dependents.set(owner.uid, new Set([uid]))
    }
  }
}

export const ownersOf = (object: KubeObject | undefined): readonly OwnerReference[] => object?.metadata.ownerReferences ?? []

/** Whether an owner is there. Where that can't be told, nothing may be done. */
export type Existence = 'there' | 'gone' | 'unknown'

/** What is to become of an object whose owners are known to be there or not. */
export type Verdict =
  | { readonly action: 'keep' }
  /** Some owners are gone, or wait for this one to go although it has others: the references to them are taken away. */
  | { readonly action: 'release'; readonly from: ReadonlySet<string> }
  /** `unblocked` where the dependents lead in a circle: the object must not keep its owners from going. */
  | { readonly action: 'delete'; readonly propagation: 'Foreground' | 'Background' | 'Orphan'; readonly unblocked: boolean }
  /** Its own deletion waited for dependents, and there are none left to wait for. */
  | { readonly action: 'unblock'; readonly finalizer: string }
  /** It is to be deleted without its dependents: they lose their reference first. */
  | { readonly action: 'orphan'; readonly dependents: readonly Item[] }

const KEEP: Verdict = { action: 'keep' }

/** Source: pkg/controller/garbagecollector attemptToDeleteItem. */
export function judge(item: Item, graph: OwnershipGraph, existenceOf: (owner: OwnerReference) => Existence): Verdict {
  const { uid = '', deletionTimestamp, finalizers = [] } = item.object.metadata
  if (deletionTimestamp) return judgeDeleted(uid, finalizers, graph)
  const owners = ownersOf(item.object)
  if (owners.length === 0 || owners.some((owner) => existenceOf(owner) === 'unknown')) return KEEP
  const gone = owners.filter((owner) => existenceOf(owner) === 'gone')
  const waiting = owners.filter((owner) => !gone.includes(owner) && isGoingLast(graph.get(owner.uid)))
  const futile = [...gone, ...waiting].map((owner) => owner.uid)
  if (futile.length < owners.length) return futile.length > 0 ? { action: 'release', from: new Set(futile) } : KEEP
  const dependents = graph.dependentsOf(uid)
  if (waiting.length > 0 && dependents.length > 0)
    return { action: 'delete', propagation: 'Foreground', unblocked: dependents.some(isGoingLast) }
  return { action: 'delete', propagation: propagationOf(finalizers), unblocked: false }
}

/** Whether an object is being deleted and waits for its dependents to go first. */
const isGoingLast = (item: Item | undefined): boolean => {
  const { deletionTimestamp, finalizers } = item?.object.metadata ?? {}
  return deletionTimestamp !== undefined && (finalizers ?? []).includes(FOREGROUND)
}

function propagationOf(finalizers: readonly string[]): 'Foreground' | 'Background' | 'Orphan' {
  if (finalizers.includes(ORPHAN)) return 'Orphan'
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background'
}

function judgeDeleted(uid: string, finalizers: readonly string[], graph: OwnershipGraph): Verdict {
  if (finalizers.includes(ORPHAN)) {
    const dependents = graph.dependentsOf(uid)
    return dependents.length > 0 ? { action: 'orphan', dependents } : { action: 'unblock', finalizer: ORPHAN }
  }
  if (!finalizers.includes(FOREGROUND)) return KEEP
  const isBlocking = ({ object }: Item): boolean =>
    ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion)
  return graph.dependentsOf(uid).some(isBlocking) ? KEEP : { action: 'unblock', finalizer: FOREGROUND }
}

/** The owners that `after` keeps from going no longer, though `before` did. */
export function unblockedOwners(before: KubeObject | undefined, after: KubeObject | undefined): readonly string[] {
  const blocked = (object: KubeObject | undefined): string[] =>
    ownersOf(object).flatMap(({ uid, blockOwnerDeletion }) => (blockOwnerDeletion ? [uid] : []))
  return blocked(before).filter((uid) => !blocked(after).includes(uid))
}

/** Whether an owner is where a dependent can have one: in its own namespace, or in none. */
export const isWithinReach = (owner: Item, dependent: Item): boolean =>
  !owner.object.metadata.namespace || owner.object.metadata.namespace === dependent.object.metadata.namespace

/** Whether a reference says what `owner` is, not just its uid. */
export const isNameOf = (reference: OwnerReference, { resource, object }: Item): boolean =>
  reference.name === object.metadata.name && isResourceOf(resource, reference)

/** The resource of an owner reference, in whatever version. */
export const isResourceOf = (resource: Resource, { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>): boolean =>
  resource.kind === kind && resource.group === (apiVersion.includes('/') ? apiVersion.split('/')[0] : '')
