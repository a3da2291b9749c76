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

// apps/v1
export const deployments = resource<t.Deployment>('apps/v1/deployments', 'Deployment')
export const replicaSets = resource<t.ReplicaSet>('apps/v1/replicasets', 'ReplicaSet')

// discovery.k8s.io/v1, networking.k8s.io/v1, coordination.k8s.io/v1
export const endpointSlices = resource<t.EndpointSlice>('discovery.k8s.io/v1/endpointslices', 'EndpointSlice')
export const serviceCIDRs = resource<t.ServiceCIDR>('networking.k8s.io/v1/servicecidrs', 'ServiceCIDR', 'Cluster')
export const ipAddresses = resource<t.IPAddress>('networking.k8s.io/v1/ipaddresses', 'IPAddress', 'Cluster')
export const leases = resource<t.Lease>('coordination.k8s.io/v1/leases', 'Lease')
