import { duplicate, invalid, notSupported, required } from '../../field.ts'
import type { Service, ServiceSpec } from '../../generated/types.gen.ts'
import { isIPv6Text, validateIP } from '../../ip.ts'
import type { FieldError } from '../../kind.ts'
import { isHeadless } from './traits.ts'

const FAMILIES = ['IPv4', 'IPv6']
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/**
 * Whether clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy fit each other; not whether the addresses can be had.
 * As upstream's `ValidateServiceClusterIPsRelatedFields`.
 */
export function validateClusterIPs(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return []
  const { clusterIPs = [] } = spec
  const found = [...validatePrimary(spec), ...validateFamilies(spec)]
  let malformed = false
  for (const [index, ip] of clusterIPs.entries()) {
    const errors = validateOne(ip, index, { clusterIPs, old })
    malformed ||= errors.length > 0
    found.push(...errors)
  }
  if (clusterIPs.length > 2) found.push(invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'))
  return malformed ? found : [...found, ...validateFamilyOfEach(spec)]
}

function validatePrimary({ clusterIP = '', clusterIPs = [] }: ServiceSpec): FieldError[] {
  const field = 'spec.clusterIPs'
  if (clusterIP === '') {
    return clusterIPs.length === 0 ? [] : [invalid(field, clusterIPs, 'must be empty when `clusterIP` is not specified')]
  }
  if (clusterIPs.length === 0) return [required(field)]
  return clusterIPs[0] === clusterIP ? [] : [invalid(field, clusterIPs, 'first value must match `clusterIP`')]
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec): FieldError[] {
  const found: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) found.push(notSupported(`spec.ipFamilies[${index}]`, family, FAMILIES))
    if (seen.has(family)) found.push(duplicate(`spec.ipFamilies[${index}]`, family))
    seen.add(family)
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    found.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES))
  }
  return found
}

function validateOne(
  ip: string,
  index: number,
  of: { clusterIPs: readonly string[]; old: ServiceSpec | undefined },
): FieldError[] {
  if (ip !== 'None' || index > 0) return validateIP(`spec.clusterIPs[${index}]`, ip, of.old?.clusterIPs)
  if (of.clusterIPs.length === 1) return []
  return [invalid('spec.clusterIPs', of.clusterIPs, "'None' must be the first and only value")]
}

function validateFamilyOfEach(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec
  const found: FieldError[] = []
  const six = clusterIPs.filter(isIPv6Text).length
  if (clusterIPs.length > 1 && (six === 0 || six === clusterIPs.length)) {
    found.push(invalid('spec.clusterIPs', clusterIPs, 'may specify no more than one IP for each IP family'))
  }
  if (isHeadless(spec)) return found
  for (const [index, ip] of clusterIPs.entries()) {
    const family = ipFamilies[index]
    if (family === undefined) break
    if (FAMILIES.includes(family) && (family === 'IPv6') !== isIPv6Text(ip)) {
      found.push(invalid(`spec.clusterIPs[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``))
    }
  }
  return found
}

const SINGLE = "must be set to 'SingleStack' when releasing the secondary"

/** The first address stays for life, the second may come and go. As upstream's `validateUpgradeDowngradeClusterIPs`. */
export function validateClusterIPsUpdate({ spec = {} }: Service, { spec: was = {} }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || was.type === 'ExternalName') return []
  if (isHeadless(spec) && isHeadless(was)) return []
  const { clusterIPs: now = [] } = spec
  const { clusterIPs: before = [] } = was
  const changed = (index: number): FieldError => invalid(`spec.clusterIPs[${index}]`, now, 'may not change once set')
  if (now.length === before.length) return before.flatMap((ip, index) => (ip === now[index] ? [] : [changed(index)]))
  const found: FieldError[] = []
  if (now.length === 0) found.push(invalid('spec.clusterIPs[0]', now, 'primary clusterIP can not be unset'))
  else if (before.length > 0 && now[0] !== before[0]) found.push(changed(0))
  if (before.length > now.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    found.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `${SINGLE} clusterIP`))
  }
  return found
}

/** The same for the families. As upstream's `validateUpgradeDowngradeIPFamilies`. */
export function validateFamiliesUpdate({ spec = {} }: Service, { spec: was = {} }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || was.type === 'ExternalName') return []
  if (isHeadless(spec) || isHeadless(was)) return []
  const { ipFamilies: now = [], clusterIPs = [] } = spec
  const { ipFamilies: before = [] } = was
  const field = 'spec.ipFamilies[0]'
  if (now.length === before.length) {
    return before.flatMap((family, index) => (family === now[index] ? [] : [invalid(field, now, 'may not change once set')]))
  }
  const found: FieldError[] = []
  const shrinks = before.length > now.length
  if (shrinks && clusterIPs.length === 0) found.push(invalid(field, now, 'primary ipFamily can not be unset'))
  // It is the addresses that upstream shows here.
  if (now.length > 0 && before.length > 0 && now[0] !== before[0])
    found.push(invalid(field, clusterIPs, 'may not change once set'))
  if (shrinks && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    found.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `${SINGLE} ipFamily`))
  }
  return found
}
