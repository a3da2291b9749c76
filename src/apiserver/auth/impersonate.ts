import type { Headers } from '../../wire/index.ts'
import { StatusError } from '../http/status-error.ts'
import { serviceAccountGroups } from '../tokens/claims.ts'
import { decide, forbiddenTo } from './authorize.ts'
import type { Attributes, Authorizer } from './authorize.ts'
import type { User } from './user.ts'

const EXTRA = 'impersonate-extra-'
const EXTRAS = 'userextras'
const AUTHENTICATION = 'authentication.k8s.io'
const ANONYMOUS = 'system:anonymous'
const EVERYBODY = { known: 'system:authenticated', unknown: 'system:unauthenticated' }

type Resource = NonNullable<Attributes['resource']>

/** Between the client and this server; nobody whom a request is passed on to hears of it. */
export const isImpersonation = (header: string): boolean => header.toLowerCase().startsWith('impersonate-')

/**
 * Who acts: the asker, or whom it says it acts for (`kubectl --as`), when it may; the user, each group, the uid and each
 * extra value must be allowed. Throws Forbidden. As upstream's `endpoints/filters/impersonation.go`.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
export async function actingUser(authorizer: Authorizer, user: User, headers: Headers): Promise<User> {
  const name = headers['impersonate-user'] ?? ''
  const groups = valuesOf(headers['impersonate-group'])
  const uid = headers['impersonate-uid']
  const extra = extraOf(headers)
  if (name === '') {
    if (groups.length === 0 && !uid && Object.keys(extra).length === 0) return user
    throw new StatusError(
      500,
      'InternalError',
      'Internal error occurred: requested groups, uid or extra without impersonating a user',
    )
  }
  const wanted: Resource[] = [
    accountOf(name) ?? resource('', 'users', name),
    ...groups.map((group) => resource('', 'groups', group)),
    ...(uid ? [resource(AUTHENTICATION, 'uids', uid)] : []),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({ ...resource(AUTHENTICATION, EXTRAS, value), subresource: key })),
    ),
  ]
  for (const one of wanted) await mayImpersonate(authorizer, user, one)
  return {
    name,
    groups: groupsOf(name, groups),
    ...(uid && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

const valuesOf = (header = ''): string[] => header.split(', ').filter((value) => value !== '')

/** `Impersonate-Extra-example.com%2fproject: a` */
function extraOf(headers: Headers): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const [header, value] of Object.entries(headers)) {
    if (header.startsWith(EXTRA)) found[unescaped(header.slice(EXTRA.length))] = valuesOf(value)
  }
  return found
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

const resource = (group: string, plural: string, name: string): Resource => ({
  group,
  plural,
  subresource: '',
  namespace: '',
  name,
})

/** `system:serviceaccount:default:web` is an object of a namespace. */
function accountOf(name: string): Resource | undefined {
  const [, namespace = '', account = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? []
  return account === '' ? undefined : { ...resource('', 'serviceaccounts', account), namespace }
}

/** Those that are asked for, or those that an account has anyway; and everybody's, unless it is said who this is. */
function groupsOf(name: string, asked: readonly string[]): string[] {
  const account = accountOf(name)
  const groups = asked.length === 0 && account ? serviceAccountGroups(account.namespace) : asked
  const said = groups.includes(EVERYBODY.known) || groups.includes(EVERYBODY.unknown)
  return said ? [...groups] : [...groups, name === ANONYMOUS ? EVERYBODY.unknown : EVERYBODY.known]
}

async function mayImpersonate(authorizer: Authorizer, user: User, wanted: Resource): Promise<void> {
  const attributes = { user, verb: 'impersonate', path: '', resource: wanted }
  const { allowed, reason } = await decide(authorizer, attributes)
  if (!allowed) throw forbiddenTo(attributes, reason)
}
