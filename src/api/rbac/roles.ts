import type { ClusterRole, ClusterRoleBinding, RbacV1Subject, Role, RoleBinding } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import type { Column } from '../kind.ts'
import type { Draft } from '../object.ts'
import { age, createdAt, text, wide } from '../printing/columns.ts'
import { validateBinding, validateRoleRefUpdate, validateRules } from './validation.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../resources.ts'

const GROUP = 'rbac.authorization.k8s.io'

export const role = defineKind<Role>(roles, {
  schema: 'io.k8s.api.rbac.v1.Role',
  nameRule: 'path-segment',
  validate: (object) => validateRules(object.rules, { namespaced: true }),
  columns: [createdAt],
})

export const clusterRole = defineKind<ClusterRole>(clusterRoles, {
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  validate: (object) => validateRules(object.rules, { namespaced: false }),
  columns: [createdAt],
})

export const roleBinding = defineKind<RoleBinding>(roleBindings, {
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  setDefaults: setBindingDefaults,
  validate: (object) => validateBinding(object, ['Role', 'ClusterRole'], { namespaced: true }),
  validateUpdate: validateRoleRefUpdate,
  columns: bindingColumns<RoleBinding>('roleBinding'),
})

export const clusterRoleBinding = defineKind<ClusterRoleBinding>(clusterRoleBindings, {
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  setDefaults: setBindingDefaults,
  validate: (object) => validateBinding(object, ['ClusterRole'], { namespaced: false }),
  validateUpdate: validateRoleRefUpdate,
  columns: bindingColumns<ClusterRoleBinding>('clusterRoleBinding'),
})

function setBindingDefaults(object: Draft<RoleBinding | ClusterRoleBinding>): void {
  if (object.roleRef) object.roleRef.apiGroup ||= GROUP
  for (const subject of object.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= GROUP
  }
}

function bindingColumns<T extends RoleBinding | ClusterRoleBinding>(what: string): readonly Column<T>[] {
  return [
    text('Role', 'The role that is given.', (object) => `${object.roleRef?.kind}/${object.roleRef?.name}`),
    age as Column<T>,
    wide('Users', `Users in the ${what}`, (object) => subjects(object, 'User', (subject) => subject.name)),
    wide('Groups', `Groups in the ${what}`, (object) => subjects(object, 'Group', (subject) => subject.name)),
    wide('ServiceAccounts', `ServiceAccounts in the ${what}`, (object) =>
      subjects(object, 'ServiceAccount', (subject) => `${subject.namespace ?? ''}/${subject.name}`),
    ),
  ]
}

const subjects = (object: RoleBinding, kind: string, show: (subject: RbacV1Subject) => string): string =>
  (object.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(show)
    .join(', ')
