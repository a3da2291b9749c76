import {
  controllerOf,
  controllerReference,
  isControlledBy,
  type KubeObject,
  type LabelPredicate,
  type Resource,
} from '../api/index.ts'
import { type Client, isNotFound } from '../client/index.ts'

export interface ClaimOptions<T extends KubeObject> {
  readonly client: Client
  readonly resource: Resource<T>
  readonly owner: KubeObject
  readonly matches: LabelPredicate
}

/**
 * Which of `candidates` belong to `owner`: those it controls and whose labels still match. Orphans that match are adopted, own
 * ones that no longer match are let go, both in the API. Source: pkg/controller/controller_ref_manager.go.
 */
export async function claim<T extends KubeObject>(options: ClaimOptions<T>, candidates: readonly T[]): Promise<T[]> {
  const { client, resource, owner, matches } = options
  const claimed: T[] = []
  const ownerReferences = async (object: T, references: readonly unknown[]): Promise<T> => {
    const { namespace, name = '', uid } = object.metadata
    return client.patch(
      resource,
      { namespace, name },
      { type: 'merge', body: { metadata: { uid, ownerReferences: references } } },
    )
  }
  for (const object of candidates) {
    const others = (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid)
    if (isControlledBy(object, owner)) {
      if (matches(object.metadata.labels)) claimed.push(object)
      else if (!owner.metadata.deletionTimestamp) await ownerReferences(object, others).catch(ignoreGone)
    } else if (
      !controllerOf(object) &&
      !object.metadata.deletionTimestamp &&
      !owner.metadata.deletionTimestamp &&
      matches(object.metadata.labels)
    ) {
      const adopted = await ownerReferences(object, [...others, controllerReference(owner)]).catch(ignoreGone)
      if (adopted) claimed.push(adopted)
    }
  }
  return claimed
}

function ignoreGone(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
