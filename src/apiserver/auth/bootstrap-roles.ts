/** What may be done to what. `*` is any; resources of subresources are written `pods/status`. */
export interface Rule {
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
}

const READ = ['get', 'list', 'watch']
const FOLLOW = ['list', 'watch']
const CHANGE = ['create', 'update', 'patch']
const ALL = ['*']

const rule = (verbs: readonly string[], groups: string, resources: string): Rule => ({
  verbs,
  groups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
})

const events = rule(CHANGE, 'core events.k8s.io', 'events')
const leases = rule([...READ, ...CHANGE, 'delete'], 'coordination.k8s.io', 'leases')
const reviews = rule(
  ['create'],
  'authentication.k8s.io authorization.k8s.io',
  'tokenreviews subjectaccessreviews localsubjectaccessreviews',
)

/** `system:node`, and what upstream's node authorizer adds to it. */
const node: readonly Rule[] = [
  reviews,
  events,
  leases,
  rule(READ, 'core', 'services pods nodes secrets configmaps persistentvolumeclaims persistentvolumes endpoints serviceaccounts'),
  rule(['create', 'update', 'patch', 'delete'], 'core', 'nodes'),
  rule(['update', 'patch'], 'core', 'nodes/status pods/status'),
  rule(['create', 'delete'], 'core', 'pods'),
  rule(['create'], 'core', 'pods/eviction serviceaccounts/token'),
  rule(
    READ,
    'node.k8s.io storage.k8s.io discovery.k8s.io',
    'runtimeclasses csidrivers csinodes volumeattachments endpointslices',
  ),
]

/** `system:node-proxier` */
const proxy: readonly Rule[] = [
  events,
  rule(FOLLOW, 'core', 'services endpoints'),
  rule(READ, 'core', 'nodes'),
  rule(FOLLOW, 'discovery.k8s.io', 'endpointslices'),
  rule(FOLLOW, 'networking.k8s.io', 'servicecidrs'),
]

/** `system:kube-scheduler` */
const scheduler: readonly Rule[] = [
  reviews,
  events,
  leases,
  rule(READ, 'core', 'nodes namespaces replicationcontrollers services persistentvolumes persistentvolumeclaims'),
  rule([...READ, 'delete'], 'core', 'pods'),
  rule(['create'], 'core', 'pods/binding bindings'),
  rule(['update', 'patch'], 'core', 'pods/status'),
  rule(
    READ,
    'apps policy storage.k8s.io scheduling.k8s.io',
    'replicasets statefulsets poddisruptionbudgets storageclasses csinodes csidrivers csistoragecapacities priorityclasses',
  ),
]

/** `system:kube-controller-manager` with the roles of all `system:controller:*`, since its controllers share one identity here. */
const controllerManager: readonly Rule[] = [
  reviews,
  events,
  leases,
  rule([...READ, 'delete', 'deletecollection', 'update', 'patch'], '*', '*'),
  rule(
    ['create'],
    'core',
    'pods endpoints secrets serviceaccounts serviceaccounts/token configmaps pods/eviction persistentvolumes persistentvolumeclaims',
  ),
  rule(
    ['create'],
    'apps batch discovery.k8s.io networking.k8s.io',
    'controllerrevisions replicasets jobs endpointslices servicecidrs ipaddresses',
  ),
]

/** `system:coredns` */
const dns: readonly Rule[] = [
  rule(FOLLOW, 'core', 'endpoints services pods namespaces'),
  rule(['get'], 'core', 'nodes'),
  rule(FOLLOW, 'discovery.k8s.io', 'endpointslices'),
]

/** `system:cloud-controller-manager`, of which the load balancer is the part that is here. */
const cloud: readonly Rule[] = [
  events,
  leases,
  rule(READ, 'core', 'services nodes pods configmaps endpoints'),
  rule(['update', 'patch'], 'core', 'services services/status nodes/status'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
]

const networkPolicy: readonly Rule[] = [
  events,
  rule(READ, 'core', 'pods namespaces nodes'),
  rule(READ, 'networking.k8s.io policy.networking.k8s.io', 'networkpolicies adminnetworkpolicies baselineadminnetworkpolicies'),
]

const ingress: readonly Rule[] = [
  events,
  leases,
  rule(READ, 'core', 'services endpoints secrets configmaps pods nodes namespaces'),
  rule(READ, 'discovery.k8s.io networking.k8s.io gateway.networking.k8s.io', '*'),
  rule(
    ['update', 'patch'],
    'networking.k8s.io gateway.networking.k8s.io',
    'ingresses/status gatewayclasses/status gateways/status httproutes/status',
  ),
]

/** Everybody who is somebody. */
const basicUser: readonly Rule[] = [
  rule(
    ['create'],
    'authorization.k8s.io authentication.k8s.io',
    'selfsubjectaccessreviews selfsubjectrulesreviews selfsubjectreviews',
  ),
]

/** By group or user name: the roles that every cluster has, bound as upstream binds them (`bootstrappolicy/policy.go`). */
export const bootstrapRules: Readonly<Record<string, readonly Rule[]>> = {
  'system:masters': [rule(ALL, '*', '*')],
  'system:nodes': node,
  'system:kube-proxy': proxy,
  'system:kube-scheduler': scheduler,
  'system:kube-controller-manager': controllerManager,
  'system:coredns': dns,
  'system:serviceaccount:kube-system:coredns': dns,
  'system:cloud-controller-manager': cloud,
  'system:network-policy': networkPolicy,
  'system:ingress': ingress,
  'system:authenticated': basicUser,
}

/** What somebody may read that isn't about objects: `system:discovery` and `system:public-info-viewer`. */
export const bootstrapPaths: Readonly<Record<string, readonly string[]>> = {
  'system:masters': ['*'],
  'system:authenticated': [
    '/api',
    '/api/*',
    '/apis',
    '/apis/*',
    '/healthz',
    '/livez',
    '/openapi',
    '/openapi/*',
    '/readyz',
    '/version',
    '/version/',
  ],
  'system:unauthenticated': ['/healthz', '/livez', '/readyz', '/version', '/version/'],
}
