import type { Authorizer } from '../authorize.ts'
import type { Grant, RoleIndex } from './role-index.ts'
import { allows } from './rules.ts'

/** Decides by the roles and bindings in the store. As upstream's `plugin/pkg/auth/authorizer/rbac`. */
export const rbacAuthorizer =
  (index: RoleIndex): Authorizer =>
  (attributes) => {
    const missing: string[] = []
    for (const grant of index.grants(attributes.user, attributes.resource?.namespace ?? '')) {
      if (grant.rules?.some((rule) => allows(rule, attributes)))
        return { allowed: true, reason: `RBAC: allowed by ${textOf(grant)}` }
      if (!grant.rules) missing.push(missingText(grant))
    }
    if (missing.length === 0) return { allowed: false }
    return { allowed: false, reason: `RBAC: ${missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`}` }
  }

/** What one of them allows is allowed; they are asked in order. */
export const anyOf =
  (...authorizers: readonly Authorizer[]): Authorizer =>
  async (attributes) => {
    const reasons: string[] = []
    for (const authorizer of authorizers) {
      const decision = await authorizer(attributes)
      if (decision.allowed) return decision
      if (decision.reason) reasons.push(decision.reason)
    }
    return { allowed: false, reason: reasons.join('\n') }
  }

/** `ClusterRoleBinding "a" of ClusterRole "b" to Group "c"` */
function textOf({ binding, subject }: Grant): string {
  const { name, namespace } = binding.metadata
  const where = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace}` : subject.name
  return `${where} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${who}"`
}

const missingText = ({ binding: { roleRef } }: Grant): string =>
  `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${roleRef.name}" not found`
