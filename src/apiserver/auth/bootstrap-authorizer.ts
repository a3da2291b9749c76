import type { Attributes, Authorizer } from './authorize.ts'
import { bootstrapPaths, bootstrapRules } from './bootstrap-roles.ts'
import type { Rule } from './bootstrap-roles.ts'

/** Decides by the roles that every cluster has. Who has none of them may nothing. */
export const bootstrapAuthorizer: Authorizer = (attributes) => {
  const { user, resource } = attributes
  const subjects = [user.name, ...user.groups]
  const allowed = resource
    ? subjects.some((subject) => bootstrapRules[subject]?.some((rule) => covers(rule, attributes)))
    : subjects.some((subject) => bootstrapPaths[subject]?.some((path) => coversPath(path, attributes)))
  return { allowed }
}

function covers({ verbs, groups, resources }: Rule, { verb, resource }: Attributes): boolean {
  if (!resource) return false
  const { group, plural, subresource } = resource
  const wanted = subresource ? `${plural}/${subresource}` : plural
  return includes(verbs, verb) && includes(groups, group) && includes(resources, wanted)
}

const includes = (allowed: readonly string[], wanted: string): boolean => allowed.includes('*') || allowed.includes(wanted)

function coversPath(allowed: string, { verb, path }: Attributes): boolean {
  if (allowed === '*') return true
  if (verb !== 'get' && verb !== 'head') return false
  return allowed.endsWith('/*') ? path.startsWith(allowed.slice(0, -1)) : path === allowed
}
