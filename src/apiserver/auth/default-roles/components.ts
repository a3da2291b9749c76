import { CHANGE, events, FOLLOW, leases, MODIFY, READ, rule } from './rule.ts'
import type { DefaultRole } from './rule.ts'

const reviews = [
  rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
  rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
]

/**
 * What a node may, where it isn't a matter of whose objects they are: upstream's `bootstrappolicy.NodeRules`. No group has
 * this role; the node authorizer goes by it.
 */
const node: DefaultRole = {
  name: 'system:node',
  rules: [
    ...reviews,
    rule(READ, 'core', 'services'),
    rule(['create', ...READ], 'core', 'nodes'),
    rule(MODIFY, 'core', 'nodes/status'),
    rule(MODIFY, 'core', 'nodes'),
    rule(CHANGE, 'core', 'events'),
    rule(READ, 'core', 'pods'),
    rule(['create', 'delete'], 'core', 'pods'),
    rule(MODIFY, 'core', 'pods/status'),
    rule(['create'], 'core', 'pods/eviction'),
    rule(READ, 'core', 'configmaps secrets'),
    rule(['get'], 'core', 'persistentvolumeclaims persistentvolumes'),
    rule(['get'], 'core', 'endpoints'),
    rule(['create', ...READ], 'certificates.k8s.io', 'certificatesigningrequests'),
    rule(['create', 'delete', 'get', ...MODIFY], 'coordination.k8s.io', 'leases'),
    rule(['get'], 'storage.k8s.io', 'volumeattachments'),
    rule(['create'], 'core', 'serviceaccounts/token'),
    rule(['get', ...MODIFY], 'core', 'persistentvolumeclaims/status'),
    rule(READ, 'storage.k8s.io', 'csidrivers'),
    rule(['create', 'delete', 'get', ...MODIFY], 'storage.k8s.io', 'csinodes'),
    rule(READ, 'node.k8s.io', 'runtimeclasses'),
  ],
}

export const nodeRules = node.rules

const proxy: DefaultRole = {
  name: 'system:node-proxier',
  users: ['system:kube-proxy'],
  rules: [
    events,
    rule(FOLLOW, 'core', 'endpoints services'),
    rule(READ, 'core', 'nodes'),
    rule(FOLLOW, 'discovery.k8s.io', 'endpointslices'),
    rule(FOLLOW, 'networking.k8s.io', 'servicecidrs'),
  ],
}

const scheduler: DefaultRole = {
  name: 'system:kube-scheduler',
  users: ['system:kube-scheduler'],
  rules: [
    ...reviews,
    events,
    leases,
    rule(READ, 'core', 'namespaces nodes persistentvolumeclaims persistentvolumes replicationcontrollers services'),
    rule([...READ, 'delete'], 'core', 'pods'),
    rule(['create'], 'core', 'bindings pods/binding'),
    rule(['patch', 'update'], 'core', 'pods/status'),
    rule(READ, 'apps', 'replicasets statefulsets'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(READ, 'storage.k8s.io', 'csidrivers csinodes csistoragecapacities storageclasses'),
    rule(READ, 'scheduling.k8s.io', 'priorityclasses'),
  ],
}

/** With the roles of all `system:controller:*`, since its controllers share one identity here. */
const controllerManager: DefaultRole = {
  name: 'system:kube-controller-manager',
  users: ['system:kube-controller-manager'],
  rules: [
    ...reviews,
    events,
    leases,
    rule([...READ, 'delete', 'deletecollection', 'patch', 'update'], '*', '*'),
    rule(
      ['create'],
      'core',
      'configmaps endpoints persistentvolumeclaims persistentvolumes pods pods/eviction secrets serviceaccounts serviceaccounts/token',
    ),
    rule(['create'], 'apps', 'controllerrevisions replicasets'),
    rule(['create'], 'batch', 'jobs'),
    rule(['create'], 'discovery.k8s.io', 'endpointslices'),
    rule(['create'], 'networking.k8s.io', 'ipaddresses servicecidrs'),
  ],
}

const dns: DefaultRole = {
  name: 'system:coredns',
  users: ['system:coredns'],
  accounts: ['kube-system/coredns'],
  rules: [
    rule(FOLLOW, 'core', 'endpoints namespaces pods services'),
    rule(['get'], 'core', 'nodes'),
    rule(FOLLOW, 'discovery.k8s.io', 'endpointslices'),
  ],
}

/** The load balancer is the part of it that is here. */
const cloud: DefaultRole = {
  name: 'system:cloud-controller-manager',
  users: ['system:cloud-controller-manager'],
  rules: [
    events,
    leases,
    rule(READ, 'core', 'configmaps endpoints nodes pods services'),
    rule(['patch', 'update'], 'core', 'nodes/status services services/status'),
    rule(READ, 'discovery.k8s.io', 'endpointslices'),
  ],
}

const networkPolicy: DefaultRole = {
  name: 'system:network-policy',
  users: ['system:network-policy'],
  rules: [
    events,
    rule(READ, 'core', 'namespaces nodes pods'),
    rule(READ, 'networking.k8s.io', 'networkpolicies'),
    rule(READ, 'policy.networking.k8s.io', 'adminnetworkpolicies baselineadminnetworkpolicies'),
  ],
}

const ingress: DefaultRole = {
  name: 'system:ingress',
  users: ['system:ingress'],
  rules: [
    events,
    leases,
    rule(READ, 'core', 'configmaps endpoints namespaces nodes pods secrets services'),
    rule(READ, 'discovery.k8s.io networking.k8s.io gateway.networking.k8s.io', '*'),
    rule(
      ['patch', 'update'],
      'networking.k8s.io gateway.networking.k8s.io',
      'gatewayclasses/status gateways/status httproutes/status ingresses/status',
    ),
  ],
}

/** One process of a node is several components: beside the kubelet the proxy, network policies, DNS and ingress. */
const nodeComponents: DefaultRole = {
  name: 'portolan:node-components',
  groups: ['portolan:node-components'],
  rules: [proxy, networkPolicy, dns, ingress].flatMap(({ rules }) => rules),
}

const delegator: DefaultRole = {
  name: 'system:auth-delegator',
  rules: [
    rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
    rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
  ],
}

/** What components are given, with upstream's names where it has them. */
export const componentRoles: readonly DefaultRole[] = [
  node,
  nodeComponents,
  proxy,
  scheduler,
  controllerManager,
  dns,
  cloud,
  networkPolicy,
  ingress,
  delegator,
]
