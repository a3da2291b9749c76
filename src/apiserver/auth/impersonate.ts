import type { Headers } from '../../wire/index.ts'
import { serviceAccountGroups } from '../tokens/claims.ts'
import { decide, forbiddenTo } from './authorize.ts'
import type { Authorizer } from './authorize.ts'
import type { User } from './user.ts'

/**
 * Who acts: the asker, or whom it says it acts for (`kubectl --as`), when it may. Throws Forbidden.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export async function actingUser(authorizer: Authorizer, user: User, headers: Headers): Promise<User> {
  const name = headers['impersonate-user']
  if (!name) return user
  const groups = (headers['impersonate-group'] ?? '').split(', ').filter((group) => group !== '')
  await mayImpersonate(authorizer, user, { plural: 'users', name })
  for (const group of groups) await mayImpersonate(authorizer, user, { plural: 'groups', name: group })
  const own = name === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  return { name, groups: [...groups.filter((group) => group !== own), ...accountGroups(name), own] }
}

/** `system:serviceaccount:default:web` */
function accountGroups(name: string): string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name) ?? []
  return namespace ? serviceAccountGroups(namespace) : []
}

async function mayImpersonate(
  authorizer: Authorizer,
  user: User,
  { plural, name }: { plural: string; name: string },
): Promise<void> {
  const attributes = {
    user,
    verb: 'impersonate',
    path: '',
    resource: { group: '', plural, subresource: '', namespace: '', name },
  }
  const { allowed, reason } = await decide(authorizer, attributes)
  if (!allowed) throw forbiddenTo(attributes, reason)
}
