import { forbidden, invalid, invalids, required } from '../../../field.ts'
import type { Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinity, PodAffinityTerm, PreferredSchedulingTerm } from '../../../generated/types.gen.ts' // prettier-ignore
import type { FieldError } from '../../../kind.ts'
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../names.ts'
import type { Written } from '../../../object.ts'
import { validateLabelSelector } from '../../../validate-selector.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'

/** As upstream's `validateAffinity`. */
export function validateAffinity(field: string, { nodeAffinity, podAffinity, podAntiAffinity }: Affinity = {}): FieldError[] {
  const found: FieldError[] = []
  const selector = nodeAffinity?.[REQUIRED]
  if (selector) found.push(...validateNodeSelector(`${field}.nodeAffinity.${REQUIRED}`, selector))
  const preferred = nodeAffinity?.[PREFERRED] ?? []
  for (const [index, term] of preferred.entries()) {
    found.push(...validatePreferred(`${field}.nodeAffinity.${PREFERRED}[${index}]`, term))
  }
  if (podAffinity) found.push(...validatePodTerms(`${field}.podAffinity`, podAffinity))
  if (podAntiAffinity) found.push(...validatePodTerms(`${field}.podAntiAffinity`, podAntiAffinity))
  return found
}

/** Of a Pod or of a volume. As upstream's `ValidateNodeSelector`. */
export function validateNodeSelector(field: string, selector: NodeSelector): FieldError[] {
  const { nodeSelectorTerms: terms = [] } = selector as Written<NodeSelector>
  const at = `${field}.nodeSelectorTerms`
  if (terms.length === 0) return [required(at, 'must have at least one node selector term')]
  return terms.flatMap((term, index) => validateTerm(`${at}[${index}]`, term, { values: true }))
}

const validateWeight = (field: string, weight = 0): FieldError[] =>
  weight > 0 && weight <= 100 ? [] : [invalid(field, weight, 'must be in the range 1-100')]

/** What is only preferred may name values that no label can have, as upstream has let it from the beginning. */
function validatePreferred(field: string, term: PreferredSchedulingTerm): FieldError[] {
  const { weight, preference = {} } = term as Written<PreferredSchedulingTerm>
  return [...validateWeight(`${field}.weight`, weight), ...validateTerm(`${field}.preference`, preference, { values: false })]
}

function validateTerm(
  field: string,
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { values }: { values: boolean },
): FieldError[] {
  return [
    ...matchExpressions.flatMap((one, index) => validateRequirement(`${field}.matchExpressions[${index}]`, one, values)),
    ...matchFields.flatMap((one, index) => validateFieldRequirement(`${field}.matchFields[${index}]`, one)),
  ]
}

const UNKNOWN = 'not a valid selector operator'

function validateRequirement(field: string, requirement: NodeSelectorRequirement, checksValues: boolean): FieldError[] {
  const { key = '', operator, values = [] } = requirement as Written<NodeSelectorRequirement>
  const found = validateOperator(field, operator, values.length)
  found.push(...invalids(`${field}.key`, key, qualifiedName(key)))
  if (!checksValues) return found
  return [...found, ...values.flatMap((value, index) => invalids(`${field}.values[${index}]`, value, labelValue(value)))]
}

function validateOperator(field: string, operator: string | undefined, values: number): FieldError[] {
  const at = `${field}.values`
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values > 0 ? [] : [required(at, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist':
      return values === 0 ? [] : [forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    case 'Gt':
    case 'Lt':
      return values === 1 ? [] : [required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'")]
    default:
      return [invalid(`${field}.operator`, operator ?? '', UNKNOWN)]
  }
}

/** Of a node's fields only its name can be asked for. */
function validateFieldRequirement(field: string, requirement: NodeSelectorRequirement): FieldError[] {
  const { key = '', operator = '', values = [] } = requirement as Written<NodeSelectorRequirement>
  const found: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') found.push(invalid(`${field}.operator`, operator, UNKNOWN))
  else if (values.length !== 1) {
    const rule = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    found.push(required(`${field}.values`, rule))
  }
  if (key !== 'metadata.name') return [...found, invalid(`${field}.key`, key, 'not a valid field selector key')]
  return [...found, ...values.flatMap((name, index) => invalids(`${field}.values[${index}]`, name, dns1123Subdomain(name)))]
}

function validatePodTerms(field: string, affinity: PodAffinity): FieldError[] {
  const found = (affinity[REQUIRED] ?? []).flatMap((term, index) => validatePodTerm(`${field}.${REQUIRED}[${index}]`, term))
  for (const [index, { weight, podAffinityTerm }] of (affinity[PREFERRED] ?? []).entries()) {
    const at = `${field}.${PREFERRED}[${index}]`
    found.push(...validateWeight(`${at}.weight`, weight), ...validatePodTerm(`${at}.podAffinityTerm`, podAffinityTerm))
  }
  return found
}

function validatePodTerm(field: string, term: PodAffinityTerm | undefined): FieldError[] {
  const {
    labelSelector,
    namespaceSelector,
    namespaces = [],
    topologyKey = '',
    ...keys
  } = (term ?? {}) as Written<PodAffinityTerm>
  const found = [
    ...validateLabelSelector(`${field}.labelSelector`, labelSelector),
    ...validateLabelSelector(`${field}.namespaceSelector`, namespaceSelector),
    ...namespaces.flatMap((name) => invalids(`${field}.namespace`, name, dns1123Label(name))),
    ...validateKeys(`${field}.matchLabelKeys`, keys.matchLabelKeys, labelSelector),
    ...validateKeys(`${field}.mismatchLabelKeys`, keys.mismatchLabelKeys, labelSelector),
  ]
  for (const [index, key] of (keys.matchLabelKeys ?? []).entries()) {
    if (!keys.mismatchLabelKeys?.includes(key)) continue
    found.push(invalid(`${field}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys'))
  }
  if (topologyKey === '') found.push(required(`${field}.topologyKey`, 'can not be empty'))
  return [...found, ...invalids(`${field}.topologyKey`, topologyKey, qualifiedName(topologyKey))]
}

function validateKeys(field: string, keys: readonly string[] = [], selector: object | undefined): FieldError[] {
  if (keys.length === 0) return []
  if (!selector) return [forbidden(field, 'must not be specified when labelSelector is not set')]
  return keys.flatMap((key, index) => invalids(`${field}[${index}]`, key, qualifiedName(key)))
}
