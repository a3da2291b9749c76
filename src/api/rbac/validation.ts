import { semanticEqual } from '../equal.ts'
import { invalid, invalids, notSupported, required } from '../field.ts'
import type { PolicyRule, RbacV1Subject, RoleBinding, RoleRef } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import type { Written } from '../object.ts'
import { dns1123Subdomain, pathSegment } from '../names.ts'

const GROUP = 'rbac.authorization.k8s.io'

/** As upstream's `ValidatePolicyRule` in `pkg/apis/rbac/validation`. */
export const validateRules = (rules: readonly PolicyRule[] = [], options: { namespaced: boolean }): FieldError[] =>
  rules.flatMap((rule, index) => validateRule(`rules[${index}]`, rule, options))

function validateRule(field: string, rule: PolicyRule, { namespaced }: { namespaced: boolean }): FieldError[] {
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule as Written<PolicyRule>
  const found = verbs.length === 0 ? [required(`${field}.verbs`, 'verbs must contain at least one value')] : []
  if (nonResourceURLs.length === 0) {
    if (apiGroups.length === 0) found.push(required(`${field}.apiGroups`, 'resource rules must supply at least one api group'))
    if (resources.length === 0) found.push(required(`${field}.resources`, 'resource rules must supply at least one resource'))
    return found
  }
  const urls = `${field}.nonResourceURLs`
  if (namespaced) found.push(invalid(urls, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'))
  if (apiGroups.length + resources.length + resourceNames.length > 0) {
    found.push(invalid(urls, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'))
  }
  return found
}

/** As upstream's `ValidateRoleBinding` and `ValidateClusterRoleBinding`. */
export function validateBinding(binding: RoleBinding, kinds: readonly string[], options: { namespaced: boolean }): FieldError[] {
  const { roleRef, subjects = [] } = binding
  const { apiGroup = '', kind = '', name = '' } = (roleRef ?? {}) as Written<RoleRef>
  const found = apiGroup === GROUP ? [] : [notSupported('roleRef.apiGroup', apiGroup, [GROUP])]
  if (!kinds.includes(kind)) found.push(notSupported('roleRef.kind', kind, kinds))
  if (name === '') found.push(required('roleRef.name'))
  else found.push(...invalids('roleRef.name', name, pathSegment(name)))
  return [...found, ...subjects.flatMap((subject, index) => validateSubject(`subjects[${index}]`, subject, options))]
}

const SUBJECTS = ['ServiceAccount', 'User', 'Group']

/** Within a namespace, an account without one is of the same. */
function validateSubject(field: string, subject: RbacV1Subject, { namespaced }: { namespaced: boolean }): FieldError[] {
  const { kind, name, apiGroup = '', namespace = '' } = subject
  const found = name ? [] : [required(`${field}.name`)]
  if (!SUBJECTS.includes(kind)) return [...found, notSupported(`${field}.kind`, kind, SUBJECTS)]
  if (kind !== 'ServiceAccount')
    return apiGroup === GROUP ? found : [...found, notSupported(`${field}.apiGroup`, apiGroup, [GROUP])]
  if (name) found.push(...invalids(`${field}.name`, name, dns1123Subdomain(name)))
  if (apiGroup !== '') found.push(notSupported(`${field}.apiGroup`, apiGroup, ['']))
  if (namespace === '' && !namespaced) found.push(required(`${field}.namespace`))
  return found
}

/** Who may do what is one binding; what they may do instead is another. */
export const validateRoleRefUpdate = (object: RoleBinding, old: RoleBinding): FieldError[] =>
  semanticEqual(object.roleRef, old.roleRef) ? [] : [invalid('roleRef', object.roleRef, 'cannot change roleRef')]
