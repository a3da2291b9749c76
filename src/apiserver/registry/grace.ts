import type { Kind, KubeObject } from '../api.ts'

interface PodLike extends KubeObject {
  readonly spec?: { readonly nodeName?: string; readonly terminationGracePeriodSeconds?: number }
  readonly status?: { readonly phase?: string }
}

/**
 * How many seconds an object still lives: 0 unless it is a Pod that a kubelet runs. `pending` when an earlier deletion
 * is under way and this one doesn't shorten it. As upstream's `rest.BeforeDelete` and the Pod strategy's
 * `CheckGracefulDelete`.
 */
export function graceOf(
  kind: Kind,
  object: KubeObject,
  { gracePeriodSeconds }: { readonly gracePeriodSeconds?: number },
): number | 'pending' {
  if (kind.kind !== 'Pod' || kind.group !== '') return 0
  const wanted = podGrace(object as PodLike, gracePeriodSeconds)
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata
  if (!deletionTimestamp) return wanted
  if (gracePeriodSeconds === undefined || gracePeriodSeconds >= deletionGracePeriodSeconds) {
    return deletionGracePeriodSeconds === 0 ? 0 : 'pending'
  }
  return wanted
}

function podGrace({ spec, status }: PodLike, wanted: number | undefined): number {
  if (!spec?.nodeName) return 0
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0
  const seconds = wanted ?? spec.terminationGracePeriodSeconds ?? 30
  return seconds < 0 ? 1 : seconds
}
