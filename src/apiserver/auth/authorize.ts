import { fieldTerms, isSelectorError } from '../../api/machinery/index.ts'
import type { Term } from '../../api/machinery/index.ts'
import type { RequestInfo } from '../http/request-info.ts'
import { StatusError } from '../http/status-error.ts'
import type { User } from './user.ts'

/** What somebody wants to do, as upstream's `authorizer.Attributes`. */
export interface Attributes {
  readonly user: User
  readonly verb: string
  /** Undefined for paths that aren't about objects. */
  readonly resource?: {
    readonly group: string
    readonly plural: string
    readonly subresource: string
    readonly namespace: string
    readonly name: string
    /** What a list or watch is narrowed to by its field selector. */
    readonly fields?: readonly Term[]
  }
  readonly path: string
}

export interface Decision {
  readonly allowed: boolean
  /** Why, or why not; empty when there is nothing to say. */
  readonly reason?: string
}

export type Authorizer = (attributes: Attributes) => Decision | Promise<Decision>

/** Who is in `system:masters` may do everything, whatever the authorizer says. */
export const isMaster = ({ groups }: User): boolean => groups.includes('system:masters')

export const decide = async (authorizer: Authorizer, attributes: Attributes): Promise<Decision> =>
  isMaster(attributes.user) ? MASTER : authorizer(attributes)

const MASTER: Decision = {
  allowed: true,
  reason: 'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"',
}

/** Throws Forbidden in upstream's words. */
export async function mustBeAllowed(authorizer: Authorizer, user: User, info: RequestInfo): Promise<void> {
  const attributes: Attributes = { user, verb: info.verb, resource: asked(info), path: info.path }
  const { allowed, reason } = await decide(authorizer, attributes)
  if (!allowed) throw forbiddenTo(attributes, reason)
}

/** A list of what has one name is about that object; a selector that can't be read is refused later. */
function asked({ verb, resource, query }: RequestInfo): Attributes['resource'] {
  const selector = query.get('fieldSelector')
  if (!resource || !selector || (verb !== 'list' && verb !== 'watch')) return resource
  try {
    const fields = fieldTerms(selector).terms
    const name = fields.find((term) => term.name === 'metadata.name')?.values[0]
    return { ...resource, fields, name: resource.name || (name ?? '') }
  } catch (error) {
    if (isSelectorError(error)) return resource
    throw error
  }
}

/** As upstream's `responsewriters.ForbiddenStatusError`. */
export function forbiddenTo({ user, verb, resource, path }: Attributes, reason = ''): StatusError {
  const why = reason && `: ${reason}`
  if (!resource) {
    return new StatusError(
      403,
      'Forbidden',
      `forbidden: User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(path)}${why}`,
      {},
    )
  }
  const { group, plural, subresource, namespace, name } = resource
  const what = subresource ? `${plural}/${subresource}` : plural
  const subject = (group ? `${plural}.${group}` : plural) + (name ? ` ${JSON.stringify(name)}` : '')
  const where = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope'
  const sentence = `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${sentence}${why}`, {
    ...(name && { name }),
    ...(group && { group }),
    kind: plural,
  })
}
