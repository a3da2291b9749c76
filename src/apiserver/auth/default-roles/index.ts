import type { Draft, KubeObject } from '../../api.ts'
import { componentRoles } from './components.ts'
import { controllerRoles } from './controllers.ts'
import { otherRoles } from './others.ts'
import { peopleRoles } from './people.ts'
import type { DefaultRole } from './rule.ts'

export { nodeRules } from './components.ts'
export type { DefaultRole } from './rule.ts'

/** The roles that every cluster has: upstream's `bootstrappolicy/policy.go`, with Portolan's own components. */
export const defaultRoles: readonly DefaultRole[] = [...peopleRoles, ...componentRoles, ...otherRoles, ...controllerRoles]

const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }
const GROUP = 'rbac.authorization.k8s.io'
const TYPE = { apiVersion: `${GROUP}/v1` }

/** The same as objects: a ClusterRole each, and a binding where somebody has it from the start. */
export const defaultRoleObjects = (): Draft<KubeObject>[] => defaultRoles.flatMap((role) => [clusterRole(role), ...binding(role)])

const metadata = (name: string, labels: DefaultRole['labels'] = {}) => ({
  name,
  labels: { ...LABELS, ...labels },
  annotations: { ...ANNOTATIONS },
})

const clusterRole = ({ name, rules, labels, aggregates }: DefaultRole): Draft<KubeObject> =>
  structuredClone({
    ...TYPE,
    kind: 'ClusterRole',
    metadata: metadata(name, labels),
    rules: aggregates ? rulesLabelled(aggregates) : rules,
    ...(aggregates && { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } }),
  }) as unknown as Draft<KubeObject>

const rulesLabelled = (label: string): DefaultRole['rules'] =>
  defaultRoles
    .filter(({ labels }) => labels?.[label])
    .flatMap(({ rules, aggregates }) => (aggregates ? rulesLabelled(aggregates) : rules))

function binding({ name, users = [], groups = [], accounts = [] }: DefaultRole): Draft<KubeObject>[] {
  const subjects = [
    ...users.map((user) => ({ apiGroup: GROUP, kind: 'User', name: user })),
    ...groups.map((group) => ({ apiGroup: GROUP, kind: 'Group', name: group })),
    ...accounts.map((account) => {
      const [namespace, accountName] = account.split('/')
      return { kind: 'ServiceAccount', name: accountName, namespace }
    }),
  ]
  if (subjects.length === 0) return []
  const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name }
  return [{ ...TYPE, kind: 'ClusterRoleBinding', metadata: metadata(name), roleRef, subjects } as unknown as Draft<KubeObject>]
}
