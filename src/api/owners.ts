import type { OwnerReference } from './generated/types.gen.ts'
import type { KubeObject } from './object.ts'

/** The one owner that manages this object; undefined when nobody does. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller)

/** Whether `owner` (by uid, not by name: a namesake made later is somebody else) manages `object`. */
export const isControlledBy = (object: KubeObject, owner: KubeObject): boolean =>
  controllerOf(object)?.uid === owner.metadata.uid && owner.metadata.uid !== undefined

/** The reference by which a controller marks what it made as its own. `owner` must have been stored: it needs a uid. */
export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name ?? '',
  uid: owner.metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
})
