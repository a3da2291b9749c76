import type { PolicyRule } from '../../../api/index.ts'
import type { Attributes, Authorizer, Decision } from '../authorize.ts'
import { allows } from '../rbac/rules.ts'
import { nodeNameOf } from './identity.ts'
import type { IsRelated } from './related.ts'

const LEASES = 'kube-node-lease'
const ALLOWED: Decision = { allowed: true }
const no = (reason = ''): Decision => ({ allowed: false, ...(reason && { reason }) })

type Resource = NonNullable<Attributes['resource']>

/**
 * A node may what nodes do, with its own objects: its Node, its Lease, the Pods it was given, and what those need. All
 * else of what nodes do is in `rules`. As upstream's `plugin/pkg/auth/authorizer/node`; that it writes no others' objects
 * is a matter of admission.
 */
export const nodeAuthorizer =
  (rules: readonly PolicyRule[], isRelated: IsRelated): Authorizer =>
  (attributes) => {
    const node = nodeNameOf(attributes.user)
    if (node === undefined) return no()
    if (node === '') return no(`unknown node for user ${JSON.stringify(attributes.user.name)}`)
    const { resource, verb } = attributes
    const decide = resource && decisions[`${resource.group}/${resource.plural}`]
    if (decide) return decide({ node, verb, resource, isRelated })
    return { allowed: rules.some((rule) => allows(rule, attributes)) }
  }

interface Question {
  readonly node: string
  readonly verb: string
  readonly resource: Resource
  readonly isRelated: IsRelated
}

const READ = ['get', 'list', 'watch']
const CHANGE = ['update', 'patch']

const decisions: Readonly<Record<string, (question: Question) => Decision>> = {
  '/secrets': readOne,
  '/configmaps': readOne,
  '/persistentvolumeclaims': (question) => (question.resource.subresource === 'status' ? tellStatus(question) : getOne(question)),
  '/persistentvolumes': getOne,
  '/serviceaccounts': createToken,
  '/nodes': ownNode,
  '/pods': ownPods,
  'coordination.k8s.io/leases': ownLease,
}

function related({ node, resource, isRelated }: Question): Decision {
  if (resource.name === '') return no('No Object name found')
  return isRelated(node, resource) ? ALLOWED : no(`no relationship found between node '${node}' and this object`)
}

function readOne(question: Question): Decision {
  const { verb, resource } = question
  if (!READ.includes(verb)) return no('can only read resources of this type')
  if (resource.subresource !== '') return no('cannot read subresource')
  if (resource.namespace === '') return no('can only read namespaced object of this type')
  return related(question)
}

function getOne(question: Question): Decision {
  if (question.verb !== 'get') return no('can only get individual resources of this type')
  return question.resource.subresource === '' ? related(question) : no('cannot get subresource')
}

const tellStatus = (question: Question): Decision =>
  CHANGE.includes(question.verb) ? related(question) : no('can only get/update/patch this type')

function createToken(question: Question): Decision {
  const { verb, resource } = question
  if (verb !== 'create' || resource.name === '') return no('can only create tokens for individual service accounts')
  return resource.subresource === 'token' ? related(question) : no('can only create token subresource of serviceaccount')
}

function ownLease({ node, verb, resource }: Question): Decision {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) {
    return no('can only get, create, update, patch, or delete a node lease')
  }
  if (resource.namespace !== LEASES) return no(`can only access leases in the "${LEASES}" system namespace`)
  const own = verb === 'create' || resource.name === node
  return own ? ALLOWED : no('can only access node lease with the same name as the requesting node')
}

function ownNode({ node, verb, resource }: Question): Decision {
  const { subresource, name } = resource
  if (subresource === 'status') return CHANGE.includes(verb) ? ALLOWED : no()
  if (subresource !== '') return no()
  if (verb === 'create' || CHANGE.includes(verb)) return ALLOWED
  if (!READ.includes(verb)) return no()
  if (name === node) return ALLOWED
  const others = name === '' ? 'all nodes' : `'${name}'`
  return no(`node '${node}' cannot read ${others}, only its own Node object`)
}

function ownPods(question: Question): Decision {
  const { node, verb, resource } = question
  if (resource.subresource === 'status') return CHANGE.includes(verb) ? ALLOWED : no()
  if (resource.subresource === 'eviction') return verb === 'create' ? ALLOWED : no()
  if (resource.subresource !== '') return no()
  if (verb === 'get') return related(question)
  if (verb === 'create' || verb === 'delete') return ALLOWED
  if (verb !== 'list' && verb !== 'watch') return no()
  if (resource.fields?.some(({ name, values }) => name === 'spec.nodeName' && values[0] === node)) return ALLOWED
  return resource.name === '' ? no('can only list/watch pods with spec.nodeName field selector') : related(question)
}
