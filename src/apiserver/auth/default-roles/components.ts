import { events, FOLLOW, leases, READ, rule } from './rule.ts'
import type { DefaultRole } from './rule.ts'

const reviews = [
  rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
  rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
]

/** `system:node`, and what upstream's node authorizer adds to it. */
const node: DefaultRole = {
  name: 'system:node',
  groups: ['system:nodes'],
  rules: [
    ...reviews,
    events,
    leases,
    rule(
      READ,
      'core',
      'configmaps endpoints nodes persistentvolumeclaims persistentvolumes pods secrets serviceaccounts services',
    ),
    rule(['create', 'delete', 'patch', 'update'], 'core', 'nodes'),
    rule(['patch', 'update'], 'core', 'nodes/status pods/status'),
    rule(['create', 'delete'], 'core', 'pods'),
    rule(['create'], 'core', 'pods/eviction serviceaccounts/token'),
    rule(READ, 'node.k8s.io', 'runtimeclasses'),
    rule(READ, 'storage.k8s.io', 'csidrivers csinodes volumeattachments'),
    rule(READ, 'discovery.k8s.io', 'endpointslices'),
  ],
}

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

const delegator: DefaultRole = { name: 'system:auth-delegator', rules: reviews }

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
