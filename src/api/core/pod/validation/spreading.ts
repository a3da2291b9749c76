import { duplicate, forbidden, invalid, invalids, notSupported, required } from '../../../field.ts'
import type { TopologySpreadConstraint } from '../../../generated/types.gen.ts'
import type { FieldError } from '../../../kind.ts'
import { qualifiedName } from '../../../names.ts'
import type { Written } from '../../../object.ts'
import { validateLabelSelector } from '../../../validate-selector.ts'

const ACTIONS = ['DoNotSchedule', 'ScheduleAnyway']
const POLICIES = ['Honor', 'Ignore']
const POSITIVE = 'must be greater than zero'

/** As upstream's `validateTopologySpreadConstraints`. */
export const validateSpreading = (field: string, constraints: readonly TopologySpreadConstraint[]): FieldError[] =>
  constraints.flatMap((constraint, index) => {
    const at = `${field}[${index}]`
    const { topologyKey = '', whenUnsatisfiable = '' } = constraint as Written<TopologySpreadConstraint>
    const repeated = constraints
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
    return [
      ...validateSkew(at, constraint),
      ...(repeated ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair)] : []),
      ...validateDomains(`${at}.minDomains`, constraint.minDomains, whenUnsatisfiable),
      ...validatePolicy(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy),
      ...validatePolicy(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy),
      ...validateKeys(`${at}.matchLabelKeys`, constraint),
      ...validateLabelSelector(`${at}.labelSelector`, constraint.labelSelector),
    ]
  })

function validateSkew(field: string, constraint: Written<TopologySpreadConstraint>): FieldError[] {
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable = '' } = constraint
  const found = maxSkew > 0 ? [] : [invalid(`${field}.maxSkew`, maxSkew, POSITIVE)]
  if (topologyKey === '') found.push(required(`${field}.topologyKey`, 'can not be empty'))
  if (ACTIONS.includes(whenUnsatisfiable)) return found
  return [...found, notSupported(`${field}.whenUnsatisfiable`, whenUnsatisfiable, ACTIONS)]
}

function validateDomains(field: string, least: number | undefined, action: string): FieldError[] {
  if (least === undefined) return []
  const found = least > 0 ? [] : [invalid(field, least, POSITIVE)]
  if (action === 'DoNotSchedule') return found
  return [...found, invalid(field, least, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`)]
}

const validatePolicy = (field: string, policy: string | undefined): FieldError[] =>
  policy === undefined || POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)]

function validateKeys(field: string, { matchLabelKeys = [], labelSelector }: TopologySpreadConstraint): FieldError[] {
  if (matchLabelKeys.length === 0) return []
  const selected = new Set([
    ...Object.keys(labelSelector?.matchLabels ?? {}),
    ...(labelSelector?.matchExpressions ?? []).map(({ key }) => key),
  ])
  const found = labelSelector ? [] : [forbidden(field, 'must not be specified when labelSelector is not set')]
  for (const [index, key] of matchLabelKeys.entries()) {
    const at = `${field}[${index}]`
    found.push(...invalids(at, key, qualifiedName(key)))
    if (selected.has(key)) found.push(invalid(at, key, 'exists in both matchLabelKeys and labelSelector'))
  }
  return found
}
