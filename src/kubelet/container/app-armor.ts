import type { AppArmorProfile, Container, Pod } from '../../api/index.ts'
import type { Failure } from '../pod/limits.ts'
import { allContainers } from '../pod/state.ts'

const profileOf = ({ spec }: Pod, { securityContext }: Container): AppArmorProfile | undefined =>
  securityContext?.appArmorProfile ?? spec?.securityContext?.appArmorProfile

/** Why a Pod that wants to be confined by AppArmor is refused on a machine that doesn't have it (pkg/security/apparmor). Pure. */
export function refusedAppArmor(pod: Pod, enforced: boolean): Failure | undefined {
  const wanted = allContainers(pod).some((container) => (profileOf(pod, container)?.type ?? 'Unconfined') !== 'Unconfined')
  if (enforced || !wanted) return undefined
  return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' }
}

/** The profile that must be loaded on the machine already; a default one there isn't, so RuntimeDefault confines nobody. Pure. */
export function localAppArmor(pod: Pod, container: Container): string | undefined {
  const { type, localhostProfile } = profileOf(pod, container) ?? {}
  return type === 'Localhost' && !container.securityContext?.privileged ? localhostProfile : undefined
}
