import type { ClusterRole, PolicyRule, RoleBinding } from '../../api/index.ts'
import type { KubeObject, Written } from '../api.ts'
import { decide, isMaster } from '../auth/authorize.ts'
import { beyond, ruleText } from '../auth/rbac/rules.ts'
import { notFound } from '../http/status-error.ts'
import type { Admit, Admitting } from './admit.ts'
import { refusal } from './refuse.ts'

const GROUP = 'rbac.authorization.k8s.io'

/** Nobody writes a role that allows more than they may: upstream's `pkg/registry/rbac/role/policybased`. */
export const mayGrant: Admit = async (admitting) => {
  const { kind, object, old } = admitting
  const role = object as KubeObject as ClusterRole
  const before = old as ClusterRole | undefined
  if (isSame(role.rules, before?.rules) && isSame(role.aggregationRule, before?.aggregationRule)) return
  if (await may(admitting, 'escalate', { plural: kind.plural, name: role.metadata.name ?? '' })) return
  if (role.aggregationRule) mustHave(admitting, [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }])
  mustHave(admitting, role.rules ?? [])
}

/** Nobody gives anybody a role that allows more than they may: upstream's `pkg/registry/rbac/rolebinding/policybased`. */
export const mayBind: Admit = async (admitting) => {
  const { core, object, old } = admitting
  const binding = object as KubeObject as Written<RoleBinding> & KubeObject
  if (!binding.roleRef) return // validation says so
  const before = old as RoleBinding | undefined
  if (before && isSame(binding.roleRef, before.roleRef) && isSame(binding.subjects, before.subjects)) return
  const { kind, name } = binding.roleRef
  const plural = kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  if (await may(admitting, 'bind', { plural, name })) return
  const rules = core.roles.rulesOf(binding as RoleBinding)
  if (!rules) throw notFound({ group: GROUP, plural, name })
  mustHave(admitting, rules)
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

async function may(
  { core, user, object }: Admitting,
  verb: 'escalate' | 'bind',
  { plural, name }: { plural: string; name: string },
): Promise<boolean> {
  if (isMaster(user)) return true
  const resource = { group: GROUP, plural, subresource: '', namespace: object.metadata.namespace ?? '', name }
  return (await decide(core.authorizer, { user, verb, path: '', resource })).allowed
}

/** As upstream's `validation.ConfirmNoEscalation`. */
function mustHave(admitting: Admitting, wanted: readonly PolicyRule[]): void {
  const { core, user, object } = admitting
  const missing = beyond(core.roles.rulesFor(user, object.metadata.namespace ?? ''), wanted)
  if (missing.length === 0) return
  const groups = user.groups.map((group) => JSON.stringify(group)).join(' ')
  const rules = missing.map(ruleText).join('\n')
  throw refusal(
    admitting,
    `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${rules}`,
  )
}
