import { duplicate, forbidden, invalid, invalids, notSupported, required } from '../field.ts'
import type { Node, Taint } from '../generated/types.gen.ts'
import { isIPv6Text, validateCIDR } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import { labelValue, qualifiedName } from '../names.ts'
import type { Written } from '../object.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As upstream's `ValidateNode`. */
export const validateNode = ({ spec = {}, status = {} }: Node, old?: Node): FieldError[] => [
  ...validateTaints(spec.taints ?? []),
  ...validatePodCIDRs(spec.podCIDRs ?? [], old?.spec?.podCIDRs),
  ...validateAddresses(status.addresses ?? []),
]

/** The fields have upstream's wrong place. */
function validateTaints(taints: readonly Taint[]): FieldError[] {
  const seen = new Set<string>()
  return taints.flatMap((taint, index) => {
    const field = `metadata.taints[${index}]`
    const { key = '', value = '', effect = '' } = taint as Written<Taint>
    const found = invalids(`${field}.key`, key, qualifiedName(key))
    found.push(...invalids(`${field}.value`, value, labelValue(value)))
    if (effect === '') found.push(required(`${field}.effect`))
    else if (!EFFECTS.includes(effect)) found.push(notSupported(`${field}.effect`, effect, EFFECTS))
    if (seen.has(`${key} ${effect}`)) {
      const message = `${duplicate(field, taint).message}: taints must be unique by key and effect pair`
      return [...found, { ...duplicate(field, taint), message }]
    }
    seen.add(`${key} ${effect}`)
    return found
  })
}

function validatePodCIDRs(ranges: readonly string[], known?: readonly string[]): FieldError[] {
  const found = ranges.flatMap((range, index) => validateCIDR(`spec.podCIDRs[${index}]`, range, known))
  const six = ranges.filter((range) => isIPv6Text(range.split('/')[0] ?? '')).length
  if (ranges.length > 2 || (ranges.length === 2 && six !== 1)) {
    found.push(invalid('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family'))
  }
  return found
}

function validateAddresses(addresses: readonly { readonly type: string; readonly address: string }[]): FieldError[] {
  const seen = new Set<string>()
  return addresses.flatMap((address, index) => {
    const id = `${address.type} ${address.address}`
    if (seen.has(id)) return [duplicate(`status.addresses[${index}]`, address)]
    seen.add(id)
    return []
  })
}

/** What a node was given once it keeps. As upstream's `ValidateNodeUpdate`. */
export function validateNodeUpdate({ spec = {} }: Node, { spec: was = {} }: Node): FieldError[] {
  const found: FieldError[] = []
  const rule = (name: string): string => `node updates may not change ${name} except from "" to valid`
  if (was.podCIDRs?.length && was.podCIDRs.join() !== (spec.podCIDRs ?? []).join()) {
    found.push(forbidden('spec.podCIDRs', rule('podCIDR')))
  }
  if (was.providerID && was.providerID !== spec.providerID) found.push(forbidden('spec.providerID', rule('providerID')))
  return found
}
