import {
  controllerOf,
  controllerReference,
  isControlledBy,
  type KubeObject,
  type LabelPredicate,
  type Resource,
} from '../api/index.ts'
import { type Cache, type Client, isNotFound, whenSeen } from '../client/index.ts'

export interface ClaimOptions<T extends KubeObject> {
  readonly client: Client
  /** Of what is claimed. */
  readonly cache: Cache<T>
  readonly owners: Resource
  readonly owner: KubeObject
  readonly matches: LabelPredicate
}

/**
 * Which of `candidates` belong to `owner`: those it controls and whose labels still match. Orphans that match are adopted, own
 * ones that no longer match are let go, both in the API, and in the cache when this resolves. Nothing is adopted for an owner that
 * is gone by now. Source: pkg/controller/controller_ref_manager.go.
 */
export async function claim<T extends KubeObject>(options: ClaimOptions<T>, candidates: readonly T[]): Promise<T[]> {
  const { owner, matches } = options
  const claimed: T[] = []
  let mayAdopt: Promise<boolean> | undefined
  for (const object of candidates) {
    const isMatch = matches(object.metadata.labels)
    if (isControlledBy(object, owner)) {
      if (isMatch) claimed.push(object)
      else if (!owner.metadata.deletionTimestamp) await setOwner(options, object, { $patch: 'delete', uid: owner.metadata.uid })
    } else if (isMatch && isOrphan(object) && !owner.metadata.deletionTimestamp) {
      mayAdopt ??= isStillThere(options)
      const adopted = (await mayAdopt) && (await setOwner(options, object, controllerReference(owner)))
      if (adopted) claimed.push(adopted)
    }
  }
  return claimed
}

const isOrphan = (object: KubeObject): boolean => !controllerOf(object) && !object.metadata.deletionTimestamp

/** Asks the API server itself: what the cache says of the owner may be old, and the orphan would be deleted for it. */
async function isStillThere<T extends KubeObject>({ client, owners, owner }: ClaimOptions<T>): Promise<boolean> {
  const { namespace, name = '', uid } = owner.metadata
  const now = await client.get(owners, { namespace, name }).catch(ignoreGone)
  return now !== undefined && now.metadata.uid === uid && !now.metadata.deletionTimestamp
}

/** Adds one reference or takes it away, whatever others there are by now. */
async function setOwner<T extends KubeObject>(
  { client, cache }: ClaimOptions<T>,
  object: T,
  reference: object,
): Promise<T | undefined> {
  const { namespace, name = '', uid } = object.metadata
  const body = { metadata: { uid, ownerReferences: [reference] } }
  const after = await client.patch(cache.resource, { namespace, name }, { type: 'strategic', body }).catch(ignoreGone)
  if (after) await whenSeen(cache, after)
  return after
}

function ignoreGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
