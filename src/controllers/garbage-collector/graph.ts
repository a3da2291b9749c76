import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from '../../api/index.ts'

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

/** What is to become of an object whose owners are known to be there or not. */
export type Verdict =
  | { readonly action: 'keep' }
  /** Some owners are gone: the references to them are. */
  | { readonly action: 'release'; readonly gone: ReadonlySet<string> }
  | { readonly action: 'delete'; readonly propagation: 'Foreground' | 'Background' | 'Orphan' }
  /** Its own deletion waited for dependents, and there are none left to wait for. */
  | { readonly action: 'unblock'; readonly finalizer: string }
  /** It is to be deleted without its dependents: they lose their reference first. */
  | { readonly action: 'orphan'; readonly dependents: readonly Item[] }

/**
 * Source: pkg/controller/garbagecollector attemptToDeleteItem. `exists` says whether an owner is there; one that is being
 * deleted in the foreground counts as going.
 */
export function judge(item: Item, graph: OwnershipGraph, exists: (owner: OwnerReference) => boolean): Verdict {
  const { uid = '', deletionTimestamp, finalizers = [] } = item.object.metadata
  if (deletionTimestamp) return judgeDeleted(uid, finalizers, graph)
  const owners = ownersOf(item.object)
  if (owners.length === 0) return { action: 'keep' }
  const going = (owner: OwnerReference): boolean => {
    const metadata = graph.get(owner.uid)?.object.metadata
    return metadata?.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND)
  }
  const solid = owners.filter((owner) => exists(owner) && !going(owner))
  const gone = new Set(owners.filter((owner) => !exists(owner)).map((owner) => owner.uid))
  if (solid.length > 0) return gone.size > 0 ? { action: 'release', gone } : { action: 'keep' }
  const waiting = owners.some(going)
  return { action: 'delete', propagation: propagationOf(finalizers, waiting && graph.dependentsOf(uid).length > 0) }
}

function propagationOf(finalizers: readonly string[], foreground: boolean): 'Foreground' | 'Background' | 'Orphan' {
  if (finalizers.includes(ORPHAN)) return 'Orphan'
  return foreground || finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background'
}

function judgeDeleted(uid: string, finalizers: readonly string[], graph: OwnershipGraph): Verdict {
  if (finalizers.includes(ORPHAN)) {
    const dependents = graph.dependentsOf(uid)
    return dependents.length > 0 ? { action: 'orphan', dependents } : { action: 'unblock', finalizer: ORPHAN }
  }
  if (!finalizers.includes(FOREGROUND)) return { action: 'keep' }
  const blocking = graph
    .dependentsOf(uid)
    .filter(({ object }) => ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion))
  return blocking.length > 0 ? { action: 'keep' } : { action: 'unblock', finalizer: FOREGROUND }
}

/** The resource of an owner reference, as far as it can be told without asking: by API version and kind. */
export const isResourceOf = (resource: Resource, { apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>): boolean =>
  apiVersionOf(resource) === apiVersion && resource.kind === kind
