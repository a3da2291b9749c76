import type { ClusterRole, ClusterRoleBinding } from '../../api/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import { beyond } from '../auth/rbac/rules.ts'

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate'

/**
 * A default role or binding with what it has lost, or never had because an older release made it; undefined when nothing
 * is missing, or when its annotation says that it is to be left alone. What people added stays. As upstream's
 * `pkg/registry/rbac/reconciliation`.
 */
export function reconciled(existing: KubeObject, wanted: Draft<KubeObject>): Draft<KubeObject> | undefined {
  if (existing.metadata.annotations?.[AUTOUPDATE] === 'false') return undefined
  const object = structuredClone(existing) as Draft<KubeObject>
  object.metadata.labels = { ...existing.metadata.labels, ...wanted.metadata.labels }
  object.metadata.annotations = { ...wanted.metadata.annotations, ...existing.metadata.annotations }
  if (existing.kind === 'ClusterRole') addRules(object as KubeObject as Draft<ClusterRole>, wanted as KubeObject as ClusterRole)
  else addSubjects(object as KubeObject as Draft<ClusterRoleBinding>, wanted as KubeObject as ClusterRoleBinding)
  return JSON.stringify(object) === JSON.stringify(existing) ? undefined : object
}

/** Of a role that is made of others, only what it is made of. */
function addRules(role: Draft<ClusterRole>, { rules = [], aggregationRule }: ClusterRole): void {
  if (aggregationRule) {
    role.aggregationRule ??= structuredClone(aggregationRule) as Draft<ClusterRole>['aggregationRule']
    return
  }
  const missing = beyond(role.rules ?? [], rules)
  if (missing.length > 0) role.rules = [...(role.rules ?? []), ...missing] as Draft<ClusterRole>['rules']
}

function addSubjects(binding: Draft<ClusterRoleBinding>, { subjects = [] }: ClusterRoleBinding): void {
  const known = new Set((binding.subjects ?? []).map(keyOf))
  const missing = subjects.filter((subject) => !known.has(keyOf(subject)))
  if (missing.length > 0) binding.subjects = [...(binding.subjects ?? []), ...missing]
}

const keyOf = ({ kind, name, namespace = '' }: { kind: string; name: string; namespace?: string }): string =>
  `${kind} ${namespace} ${name}`
