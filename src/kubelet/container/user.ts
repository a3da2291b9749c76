import type { Container, Pod } from '../../api/index.ts'
import { accountOf, type Image } from '../../images/index.ts'
import { ConfigError } from './env.ts'

/** Who a container's program runs as. */
export interface LinuxUser {
  readonly uid: number
  readonly gid: number
  /** The first is `gid`. */
  readonly supplementalGroups: readonly number[]
}

/**
 * As the Pod says, or else its image; the image's own groups count unless `supplementalGroupsPolicy` is Strict (KEP-3619). Throws a
 * {@link ConfigError} for root where that is not wanted.
 */
export async function userOf(pod: Pod, container: Container, image: Image): Promise<LinuxUser> {
  const inner = container.securityContext ?? {}
  const outer = pod.spec?.securityContext ?? {}
  const [imageUid = '0', imageGid] = image.user.split(':')
  const chosen = inner.runAsUser ?? outer.runAsUser
  const uid = chosen ?? Number(imageUid)
  if (inner.runAsNonRoot ?? outer.runAsNonRoot)
    refuseRoot(pod, container, { uid, userName: chosen === undefined ? image.userName : '' })
  const account = await accountOf(uid, image.layers)
  const gid = inner.runAsGroup ?? outer.runAsGroup ?? (chosen === undefined ? Number(imageGid ?? account.gid) : account.gid)
  const own = outer.supplementalGroupsPolicy === 'Strict' ? [] : account.groups
  const asked = [...(outer.supplementalGroups ?? []), ...(outer.fsGroup === undefined ? [] : [outer.fsGroup])]
  return { uid, gid, supplementalGroups: [...new Set([gid, ...own, ...asked])] }
}

/** In upstream's words (pkg/kubelet/kuberuntime/security_context.go). An image's name for its user proves nothing. */
function refuseRoot(
  { metadata, spec }: Pod,
  { name, securityContext }: Container,
  { uid, userName }: { uid: number; userName: string },
): void {
  const who = `(pod: "${metadata.name}_${metadata.namespace}(${metadata.uid})", container: ${name})`
  if (userName !== '')
    throw new ConfigError(
      `container has runAsNonRoot and image has non-numeric user (${userName}), cannot verify user is non-root ${who}`,
    )
  if (uid !== 0) return
  const chosen = securityContext?.runAsUser ?? spec?.securityContext?.runAsUser
  throw new ConfigError(
    chosen === undefined
      ? `container has runAsNonRoot and image will run as root ${who}`
      : `container's runAsUser breaks non-root policy ${who}`,
  )
}
