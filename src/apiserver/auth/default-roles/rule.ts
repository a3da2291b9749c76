import type { PolicyRule } from '../../../api/index.ts'

/** A ClusterRole that every cluster has, and who has it. */
export interface DefaultRole {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  /** Names of users that have it by a binding of the same name, and of groups. */
  readonly users?: readonly string[]
  readonly groups?: readonly string[]
  /** Service accounts, as `namespace/name`. */
  readonly accounts?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  /** It has the rules of all roles with this label. */
  readonly aggregates?: string
}

export const READ = ['get', 'list', 'watch']
export const FOLLOW = ['list', 'watch']
export const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
export const MODIFY = ['patch', 'update']
export const CHANGE = ['create', 'patch', 'update']

/** Resources in several groups: `rule(READ, 'core apps', 'pods deployments')`. `core` is the group without a name. */
export const rule = (verbs: readonly string[], groups: string, resources: string): PolicyRule => ({
  apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
  verbs,
})

export const paths = (urls: string): PolicyRule => ({ nonResourceURLs: urls.split(' '), verbs: ['get'] })

export const events = rule(CHANGE, 'core events.k8s.io', 'events')
export const leases = rule([...READ, ...CHANGE, 'delete'], 'coordination.k8s.io', 'leases')
