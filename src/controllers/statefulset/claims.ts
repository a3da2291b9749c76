import {
  controllerReference,
  type KubeObject,
  type OwnerReference,
  type PersistentVolumeClaim,
  type Pod,
  type StatefulSet,
} from '../../api/index.ts'
import { isWanted } from './pod.ts'

/** The claims that the Pod of this name mounts. They outlive it, and the set unless the retention policy says otherwise. */
export function claimsOf(set: StatefulSet, pod: Pod): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map(({ metadata, spec }) => {
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: `${metadata?.name}-${pod.metadata.name}`,
        namespace: set.metadata.namespace,
        labels: { ...metadata?.labels, ...set.spec?.selector.matchLabels },
        ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
      },
      ...(spec ? { spec } : {}),
    }
    const ownerReferences = ownersOf(set, pod, claim)
    return ownerReferences ? { ...claim, metadata: { ...claim.metadata, ownerReferences } } : claim
  })
}

/**
 * Whom a claim must go with, as the retention policy says: the set, or a Pod that is scaled away. Others' references stay.
 * Undefined when it says so already. Source: KEP-1847, pkg/controller/statefulset/stateful_set_utils.go.
 */
export function ownersOf(set: StatefulSet, pod: Pod, { metadata }: PersistentVolumeClaim): OwnerReference[] | undefined {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {}
  const goesWithPod = whenScaled === 'Delete' && !isWanted(set, pod)
  const goesWithSet = whenDeleted === 'Delete' && !goesWithPod
  const owners: readonly KubeObject[] = [...(goesWithSet ? [set] : []), ...(goesWithPod ? [pod] : [])]
  const now = metadata.ownerReferences ?? []
  if (conflictingController(set, pod, now)) return undefined
  const ours = now.filter(({ uid }) => uid === set.metadata.uid || uid === pod.metadata.uid)
  const isRight = ours.length === owners.length && owners.every((owner) => ours.some(({ uid }) => uid === owner.metadata.uid))
  return isRight ? undefined : [...now.filter((reference) => !ours.includes(reference)), ...owners.map(controllerReference)]
}

/** Whoever else controls a claim; what the retention policy says of it doesn't count then. */
export const conflictingController = (set: StatefulSet, pod: Pod, owners: readonly OwnerReference[] = []): boolean =>
  owners.some(({ controller, uid }) => controller && uid !== set.metadata.uid && uid !== pod.metadata.uid)

/** Whether a claim is about to go with an earlier Pod of the name: the next can't have it, and must wait. */
export const isStale = ({ spec }: StatefulSet, { metadata: pod }: Pod, { metadata }: PersistentVolumeClaim): boolean =>
  spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete' &&
  (metadata.ownerReferences ?? []).some(({ kind, name, uid }) => kind === 'Pod' && name === pod.name && uid !== pod.uid)
