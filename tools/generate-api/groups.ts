/**
 * The full names of upstream's types, `io.k8s.api.core.v1.PodSpec`, which client-node has dropped. A type belongs to the
 * group of the kinds that reach it; where several do, to the most basic one, for groups only build upon more basic ones.
 */
import type { Model } from './models.ts'
import { references } from './models.ts'

interface Group {
  readonly name: string
  /** `io.k8s.api.core.v1` */
  readonly prefix: string
  readonly roots: readonly string[]
}

const apiPrefix = (folder: string): string => `io.k8s.api.${folder}.v1`

/** From the most basic group upwards. */
export const groups: readonly Group[] = [
  {
    name: '',
    prefix: 'io.k8s.apimachinery.pkg.apis.meta.v1',
    roots: [
      'V1ObjectMeta',
      'V1ListMeta',
      'V1LabelSelector',
      'V1Condition',
      'V1Status',
      'V1DeleteOptions',
      'V1APIGroup',
      'V1APIGroupList',
      'V1APIResourceList',
      'V1APIVersions',
      'V1GroupResource',
    ],
  },
  {
    name: '',
    prefix: apiPrefix('core'),
    roots: [
      'V1Namespace',
      'V1Node',
      'V1Pod',
      'V1Service',
      'V1Endpoints',
      'V1ConfigMap',
      'V1Secret',
      'V1ServiceAccount',
      'CoreV1Event',
      'V1ReplicationController',
      'V1PodTemplate',
      'V1PersistentVolume',
      'V1PersistentVolumeClaim',
      'V1Binding',
      'V1TopologySelectorTerm',
    ],
  },
  {
    name: 'apps',
    prefix: apiPrefix('apps'),
    roots: ['V1Deployment', 'V1ReplicaSet', 'V1StatefulSet', 'V1DaemonSet', 'V1ControllerRevision'],
  },
  { name: 'batch', prefix: apiPrefix('batch'), roots: ['V1Job', 'V1CronJob'] },
  { name: 'autoscaling', prefix: apiPrefix('autoscaling'), roots: ['V1Scale'] },
  { name: 'discovery.k8s.io', prefix: apiPrefix('discovery'), roots: ['V1EndpointSlice'] },
  {
    name: 'networking.k8s.io',
    prefix: apiPrefix('networking'),
    roots: ['V1Ingress', 'V1IngressClass', 'V1NetworkPolicy', 'V1ServiceCIDR', 'V1IPAddress'],
  },
  { name: 'coordination.k8s.io', prefix: apiPrefix('coordination'), roots: ['V1Lease'] },
  { name: 'events.k8s.io', prefix: apiPrefix('events'), roots: ['EventsV1Event'] },
  { name: 'policy', prefix: apiPrefix('policy'), roots: ['V1PodDisruptionBudget', 'V1Eviction'] },
  {
    name: 'rbac.authorization.k8s.io',
    prefix: apiPrefix('rbac'),
    roots: ['V1Role', 'V1RoleBinding', 'V1ClusterRole', 'V1ClusterRoleBinding'],
  },
  {
    name: 'authentication.k8s.io',
    prefix: apiPrefix('authentication'),
    roots: ['V1TokenReview', 'V1SelfSubjectReview', 'AuthenticationV1TokenRequest'],
  },
  {
    name: 'authorization.k8s.io',
    prefix: apiPrefix('authorization'),
    roots: ['V1SubjectAccessReview', 'V1LocalSubjectAccessReview', 'V1SelfSubjectAccessReview', 'V1SelfSubjectRulesReview'],
  },
  { name: 'scheduling.k8s.io', prefix: apiPrefix('scheduling'), roots: ['V1PriorityClass'] },
  { name: 'storage.k8s.io', prefix: apiPrefix('storage'), roots: ['V1StorageClass'] },
]

export interface Place {
  readonly group: string
  /** `io.k8s.api.core.v1.Event` */
  readonly fullName: string
  /** `Event` */
  readonly kind: string
}

/** client-node puts the group in front where two groups have a type of the same name: `CoreV1Event`. */
const kindOf = (model: string): string => model.replace(/^(?:Core|Events|Discovery|Rbac|Authentication)?V1(?=[A-Z])/, '')

/** Where each model belongs. Throws when one belongs nowhere: then a root is missing above. */
export function places(models: readonly Model[]): ReadonlyMap<string, Place> {
  const byName = new Map(models.map((model) => [model.name, model]))
  const found = new Map<string, Place>()
  const put = (name: string, group: Group): void => {
    const model = byName.get(name)
    if (!model || found.has(name)) return
    found.set(name, { group: group.name, fullName: `${group.prefix}.${kindOf(name)}`, kind: kindOf(name) })
    for (const attribute of model.attributes) for (const reference of references(attribute.type)) put(reference, group)
  }
  for (const group of groups) for (const root of group.roots) [root, `${root}List`].forEach((name) => put(name, group))
  const lost = models.filter((model) => !found.has(model.name)).map((model) => model.name)
  if (lost.length > 0) throw new Error(`of which group are ${lost.join(', ')}?`)
  return found
}
