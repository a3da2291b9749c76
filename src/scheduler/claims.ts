import type { PersistentVolumeClaim, Pod } from '../api/index.ts'

export interface Claims {
  /** Of the Pod's own namespace; undefined when there is none of the name. */
  readonly find: (name: string) => PersistentVolumeClaim | undefined
  /** Whether a claim gets its volume only once it is known where its Pod runs. */
  readonly bindsLate: (claim: PersistentVolumeClaim) => boolean
}

/** Why a Pod can't run with the claims that it mounts: anywhere, or on a node as they are now. Undefined when it can. */
export type Obstacle = { readonly anywhere: string } | { readonly onNode: string }

/** Source: pkg/scheduler/framework/plugins/volumebinding PreFilter and Filter. */
export function obstacleOf(pod: Pod, { find, bindsLate }: Claims): Obstacle | undefined {
  const claims: PersistentVolumeClaim[] = []
  for (const { name: volume, persistentVolumeClaim, ephemeral } of pod.spec?.volumes ?? []) {
    const name = ephemeral ? `${pod.metadata.name}-${volume}` : persistentVolumeClaim?.claimName
    if (name === undefined) continue
    const claim = find(name)
    const quoted = JSON.stringify(name)
    if (!claim && ephemeral)
      return { anywhere: `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}` }
    if (!claim) return { anywhere: `persistentvolumeclaim ${quoted} not found` }
    const volumeName = JSON.stringify(claim.spec?.volumeName ?? '')
    if (claim.status?.phase === 'Lost')
      return { anywhere: `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${volumeName}` }
    if (claim.metadata.deletionTimestamp) return { anywhere: `persistentvolumeclaim ${quoted} is being deleted` }
    claims.push(claim)
  }
  const unbound = claims.filter(({ spec }) => !spec?.volumeName)
  if (unbound.some((claim) => !bindsLate(claim))) return { anywhere: 'pod has unbound immediate PersistentVolumeClaims' }
  return unbound.length > 0 ? { onNode: "node(s) didn't find available persistent volumes to bind" } : undefined
}

/** Whether a Pod mounts claims. */
export const mountsClaims = ({ spec }: Pod): boolean =>
  (spec?.volumes ?? []).some(({ persistentVolumeClaim, ephemeral }) => persistentVolumeClaim ?? ephemeral)
