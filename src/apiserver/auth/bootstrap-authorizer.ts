import type { Authorizer } from './authorize.ts'
import { defaultRoles } from './default-roles/index.ts'
import { allows } from './rbac/rules.ts'

/**
 * Decides by the roles that every cluster has, whatever became of the objects that say so: a cluster whose bindings
 * somebody deleted goes on working. Who has none of them may nothing.
 */
export const bootstrapAuthorizer: Authorizer = (attributes) => {
  const { name, groups } = attributes.user
  const roles = defaultRoles.filter((role) => role.users?.includes(name) || role.groups?.some((group) => groups.includes(group)))
  return { allowed: roles.some(({ rules }) => rules.some((rule) => allows(rule, attributes))) }
}
