import type * as t from './generated/types.gen.ts'
import type { KubeObject, Resource } from './object.ts'

function resource<T extends KubeObject>(path: string, kind: string, scope: 'Namespaced' | 'Cluster' = 'Namespaced'): Resource<T> {
  const [plural = '', version = '', ...group] = path.split('/').reverse()
  return { group: group.reverse().join('/'), version, kind, plural, namespaced: scope === 'Namespaced' }
}

// core/v1
export const namespaces = resource<t.Namespace>('v1/namespaces', 'Namespace', 'Cluster')
export const nodes = resource<t.Node>('v1/nodes', 'Node', 'Cluster')
export const pods = resource<t.Pod>('v1/pods', 'Pod')
export const services = resource<t.Service>('v1/services', 'Service')
export const endpoints = resource<t.Endpoints>('v1/endpoints', 'Endpoints')
export const configMaps = resource<t.ConfigMap>('v1/configmaps', 'ConfigMap')
export const secrets = resource<t.Secret>('v1/secrets', 'Secret')
export const serviceAccounts = resource<t.ServiceAccount>('v1/serviceaccounts', 'ServiceAccount')
export const events = resource<t.CoreV1Event>('v1/events', 'Event')
export const replicationControllers = resource<t.ReplicationController>('v1/replicationcontrollers', 'ReplicationController')
export const podTemplates = resource<t.PodTemplate>('v1/podtemplates', 'PodTemplate')
export const persistentVolumes = resource<t.PersistentVolume>('v1/persistentvolumes', 'PersistentVolume', 'Cluster')
export const persistentVolumeClaims = resource<t.PersistentVolumeClaim>('v1/persistentvolumeclaims', 'PersistentVolumeClaim')

// apps/v1, batch/v1
export const deployments = resource<t.Deployment>('apps/v1/deployments', 'Deployment')
export const replicaSets = resource<t.ReplicaSet>('apps/v1/replicasets', 'ReplicaSet')
export const statefulSets = resource<t.StatefulSet>('apps/v1/statefulsets', 'StatefulSet')
export const daemonSets = resource<t.DaemonSet>('apps/v1/daemonsets', 'DaemonSet')
export const controllerRevisions = resource<t.ControllerRevision>('apps/v1/controllerrevisions', 'ControllerRevision')
export const jobs = resource<t.Job>('batch/v1/jobs', 'Job')
export const cronJobs = resource<t.CronJob>('batch/v1/cronjobs', 'CronJob')

// discovery.k8s.io/v1, networking.k8s.io/v1, coordination.k8s.io/v1
export const endpointSlices = resource<t.EndpointSlice>('discovery.k8s.io/v1/endpointslices', 'EndpointSlice')
export const serviceCIDRs = resource<t.ServiceCIDR>('networking.k8s.io/v1/servicecidrs', 'ServiceCIDR', 'Cluster')
export const ipAddresses = resource<t.IPAddress>('networking.k8s.io/v1/ipaddresses', 'IPAddress', 'Cluster')
export const ingresses = resource<t.Ingress>('networking.k8s.io/v1/ingresses', 'Ingress')
export const ingressClasses = resource<t.IngressClass>('networking.k8s.io/v1/ingressclasses', 'IngressClass', 'Cluster')
export const networkPolicies = resource<t.NetworkPolicy>('networking.k8s.io/v1/networkpolicies', 'NetworkPolicy')
export const leases = resource<t.Lease>('coordination.k8s.io/v1/leases', 'Lease')

// events.k8s.io/v1, policy/v1, rbac.authorization.k8s.io/v1, scheduling.k8s.io/v1, storage.k8s.io/v1
export const eventsV1 = resource<t.EventsV1Event>('events.k8s.io/v1/events', 'Event')
export const podDisruptionBudgets = resource<t.PodDisruptionBudget>('policy/v1/poddisruptionbudgets', 'PodDisruptionBudget')
export const roles = resource<t.Role>('rbac.authorization.k8s.io/v1/roles', 'Role')
export const roleBindings = resource<t.RoleBinding>('rbac.authorization.k8s.io/v1/rolebindings', 'RoleBinding')
export const clusterRoles = resource<t.ClusterRole>('rbac.authorization.k8s.io/v1/clusterroles', 'ClusterRole', 'Cluster')
export const clusterRoleBindings = resource<t.ClusterRoleBinding>(
  'rbac.authorization.k8s.io/v1/clusterrolebindings',
  'ClusterRoleBinding',
  'Cluster',
)
export const priorityClasses = resource<t.PriorityClass>('scheduling.k8s.io/v1/priorityclasses', 'PriorityClass', 'Cluster')
export const storageClasses = resource<t.StorageClass>('storage.k8s.io/v1/storageclasses', 'StorageClass', 'Cluster')
