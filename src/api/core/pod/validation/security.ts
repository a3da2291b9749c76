import { duplicate, forbidden, invalid, notSupported, required, tooLong } from '../../../field.ts'
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, Sysctl } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { validateInRange } from '../../../numbers.ts'
import type { Written } from '../../../object.ts'
import { validateDescending } from './paths.ts'

const validateId = (field: string, id: number | undefined): FieldError[] =>
  id === undefined ? [] : validateInRange(field, id, [0, 2147483647])

const validateOneOf = (field: string, value: string | undefined, choices: readonly string[]): FieldError[] =>
  value === undefined || choices.includes(value) ? [] : [notSupported(field, value, choices)]

/** As upstream's `validatePodSpecSecurityContext`, without what only Windows has. */
export function validatePodSecurity(field: string, spec: PodSpec): FieldError[] {
  const at = `${field}.securityContext`
  const context = spec.securityContext ?? {}
  const { supplementalGroups = [], sysctls = [] } = context
  const found = [
    ...validateId(`${at}.fsGroup`, context.fsGroup),
    ...validateId(`${at}.runAsUser`, context.runAsUser),
    ...validateId(`${at}.runAsGroup`, context.runAsGroup),
    ...supplementalGroups.flatMap((id, index) => validateId(`${at}.supplementalGroups[${index}]`, id)),
  ]
  if (spec.shareProcessNamespace && spec.hostPID) {
    found.push(invalid(`${at}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'))
  }
  found.push(
    ...validateSysctls(`${at}.sysctls`, sysctls, spec),
    ...validateOneOf(`${at}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...validateSeccomp(`${at}.seccompProfile`, context.seccompProfile),
    ...validateAppArmor(`${at}.appArmorProfile`, context.appArmorProfile),
    ...validateOneOf(`${at}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...validateOneOf(`${at}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']),
  )
  return found
}

/** Users of its own are no good to a Pod in the node's namespaces. The capitals are upstream's. */
export function validateHostUsers(field: string, { hostUsers, hostNetwork, hostPID, hostIPC }: PodSpec): FieldError[] {
  if (hostUsers !== false) return []
  const shared = { hostNetwork, HostPID: hostPID, HostIPC: hostIPC }
  return Object.entries(shared)
    .filter(([, isShared]) => isShared)
    .map(([name]) => forbidden(`${field}.${name}`, 'when `pod.Spec.HostUsers` is false'))
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/
const SYSCTL_FORM =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'

function validateSysctls(field: string, sysctls: readonly Sysctl[], { hostNetwork, hostIPC }: PodSpec): FieldError[] {
  const names = new Set<string>()
  return sysctls.flatMap((sysctl, index) => {
    const { name = '' } = sysctl as Written<Sysctl>
    const at = `${field}[${index}].name`
    const found: FieldError[] = []
    if (name === '') found.push(required(at))
    else if (name.length > 253 || !SYSCTL.test(name)) found.push(invalid(at, name, SYSCTL_FORM))
    else if (names.has(name)) found.push(duplicate(at, name))
    names.add(name)
    const dotted = name.replaceAll('/', '.')
    if (hostNetwork && dotted.startsWith('net.')) {
      found.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"))
    } else if (hostIPC && /^(?:kernel\.sem$|kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted)) {
      found.push(invalid(at, name, "may not be specified when 'hostIPC' is true"))
    }
    return found
  })
}

/** As upstream's `ValidateSecurityContext`; Portolan allows privileged containers. */
export function validateSecurity(field: string, context: SecurityContext = {}, hostUsers = true): FieldError[] {
  const { procMount, privileged, allowPrivilegeEscalation, capabilities } = context
  const found = [
    ...validateId(`${field}.runAsUser`, context.runAsUser),
    ...validateId(`${field}.runAsGroup`, context.runAsGroup),
    ...validateOneOf(`${field}.procMount`, procMount, ['Default', 'Unmasked']),
  ]
  if (hostUsers && procMount === 'Unmasked') {
    found.push(invalid(`${field}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'))
  }
  found.push(...validateSeccomp(`${field}.seccompProfile`, context.seccompProfile))
  if (allowPrivilegeEscalation === false) {
    const never = 'cannot set `allowPrivilegeEscalation` to false and'
    if (privileged) found.push(invalid(field, context, `${never} \`privileged\` to true`))
    if (capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      found.push(invalid(field, context, `${never} \`capabilities.Add\` CAP_SYS_ADMIN`))
    }
  }
  return [...found, ...validateAppArmor(`${field}.appArmorProfile`, context.appArmorProfile)]
}

const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateSeccomp(field: string, profile: SeccompProfile | undefined): FieldError[] {
  if (!profile) return []
  const found = validateProfileType(`${field}.type`, profile.type, 'seccompProfile')
  const at = `${field}.localhostProfile`
  const { localhostProfile: path } = profile
  if (profile.type !== 'Localhost') {
    return path === undefined ? found : [...found, invalid(at, profile, 'can only be set when seccomp type is Localhost')]
  }
  if (path === undefined) return [...found, required(at, 'must be set when seccomp type is Localhost')]
  return [...found, ...validateDescending(at, path)]
}

function validateAppArmor(field: string, profile: AppArmorProfile | undefined): FieldError[] {
  if (!profile) return []
  const found = validateProfileType(`${field}.type`, profile.type, 'appArmorProfile')
  const at = `${field}.localhostProfile`
  const { localhostProfile: name } = profile
  if (found.length > 0) return found
  if (profile.type !== 'Localhost') {
    return name === undefined ? [] : [invalid(at, name, 'can only be set when AppArmor type is Localhost')]
  }
  if (name === undefined || name === '') return [required(at, 'must be set when AppArmor type is Localhost')]
  if (name.trim() !== name) found.push(invalid(at, name, 'must not be padded with whitespace'))
  return name.length > 4095 ? [...found, tooLong(at, 4095)] : found
}

function validateProfileType(field: string, type: string | undefined, name: string): FieldError[] {
  if (!type) return [required(field, `type is required when ${name} is set`)]
  return PROFILES.includes(type) ? [] : [notSupported(field, type, PROFILES)]
}
