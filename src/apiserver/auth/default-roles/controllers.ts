import { events, FOLLOW, MODIFY, READ, rule } from './rule.ts'
import type { DefaultRole } from './rule.ts'

const UPDATE = ['update']
const ALL = ['create', 'delete', ...READ, ...MODIFY]
const SCALE = '*/scale'
/** Their API groups of old are in upstream's rules still. */
const APPS = 'apps extensions'

const controller = (name: string, ...rules: DefaultRole['rules']): DefaultRole => ({
  name: `system:controller:${name}`,
  accounts: [`kube-system/${name}`],
  rules,
})

const nodes = rule(FOLLOW, 'core', 'nodes')
const podStatus = rule(MODIFY, 'core', 'pods/status')
const volumes = rule(READ, 'core', 'persistentvolumes')
const claims = rule(READ, 'core', 'persistentvolumeclaims')
const readPods = rule(READ, 'core', 'pods')
const runPods = rule(['create', 'delete', 'patch', ...FOLLOW], 'core', 'pods')
const revisions = rule(ALL, 'apps', 'controllerrevisions')
const SIGNERS = 'kube-apiserver-client kube-apiserver-client-kubelet kubelet-serving legacy-unknown'
const signers = (verb: string, names: string) => ({
  ...rule([verb], 'certificates.k8s.io', 'signers'),
  resourceNames: names.split(' ').map((name) => `kubernetes.io/${name}`),
})

/**
 * What upstream's controllers are given, each as a service account: `bootstrappolicy/controller_policy.go`. Portolan's
 * share one identity and need none of these; but somebody may run upstream's beside them, and people bind to these.
 */
export const controllerRoles: readonly DefaultRole[] = [
  controller(
    'attachdetach-controller',
    rule(FOLLOW, 'core', 'persistentvolumeclaims persistentvolumes'),
    rule(READ, 'core', 'nodes'),
    rule(MODIFY, 'core', 'nodes/status'),
    rule(FOLLOW, 'core', 'pods'),
    events,
    rule(['create', 'delete', ...READ], 'storage.k8s.io', 'volumeattachments'),
    rule(READ, 'storage.k8s.io', 'csidrivers'),
    rule(READ, 'storage.k8s.io', 'csinodes'),
  ),
  controller(
    'certificate-controller',
    rule(['delete', ...READ], 'certificates.k8s.io', 'certificatesigningrequests'),
    rule(UPDATE, 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'),
    signers('approve', 'kube-apiserver-client-kubelet'),
    signers('sign', SIGNERS),
    rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
    events,
  ),
  controller(
    'clusterrole-aggregation-controller',
    rule(['escalate', ...READ, ...MODIFY], 'rbac.authorization.k8s.io', 'clusterroles'),
  ),
  controller(
    'cronjob-controller',
    rule([...READ, 'update'], 'batch', 'cronjobs'),
    rule(ALL, 'batch', 'jobs'),
    rule(UPDATE, 'batch', 'cronjobs/status'),
    rule(UPDATE, 'batch', 'cronjobs/finalizers'),
    rule(['delete', ...FOLLOW], 'core', 'pods'),
    events,
  ),
  controller(
    'daemon-set-controller',
    rule(READ, APPS, 'daemonsets'),
    rule(UPDATE, APPS, 'daemonsets/status'),
    rule(UPDATE, APPS, 'daemonsets/finalizers'),
    nodes,
    runPods,
    rule(['create'], 'core', 'pods/binding'),
    revisions,
    events,
  ),
  controller(
    'deployment-controller',
    rule([...READ, 'update'], APPS, 'deployments'),
    rule(UPDATE, APPS, 'deployments/status'),
    rule(UPDATE, APPS, 'deployments/finalizers'),
    rule(ALL, APPS, 'replicasets'),
    rule([...READ, 'update'], 'core', 'pods'),
    events,
  ),
  controller(
    'device-taint-eviction-controller',
    rule(['delete', ...READ], 'core', 'pods'),
    podStatus,
    rule(READ, 'resource.k8s.io', 'resourceclaims'),
    rule(READ, 'resource.k8s.io', 'resourceslices'),
    rule(READ, 'resource.k8s.io', 'deviceclasses'),
    events,
  ),
  controller(
    'disruption-controller',
    rule(READ, APPS, 'deployments'),
    rule(READ, APPS, 'replicasets'),
    rule(READ, 'core', 'replicationcontrollers'),
    rule(READ, 'policy', 'poddisruptionbudgets'),
    rule(READ, 'apps', 'statefulsets'),
    rule(UPDATE, 'policy', 'poddisruptionbudgets/status'),
    podStatus,
    rule(['get'], '*', SCALE),
    events,
  ),
  controller(
    'endpoint-controller',
    rule(READ, 'core', 'pods services'),
    rule(['create', 'delete', ...READ, 'update'], 'core', 'endpoints'),
    rule(['create'], 'core', 'endpoints/restricted'),
    events,
  ),
  controller(
    'endpointslice-controller',
    rule(READ, 'core', 'nodes pods services'),
    rule(UPDATE, 'core', 'services/finalizers'),
    rule(['create', 'delete', ...READ, 'update'], 'discovery.k8s.io', 'endpointslices'),
    events,
  ),
  controller(
    'endpointslicemirroring-controller',
    rule(READ, 'core', 'endpoints services'),
    rule(UPDATE, 'core', 'services/finalizers'),
    rule(UPDATE, 'core', 'endpoints/finalizers'),
    rule(['create', 'delete', ...READ, 'update'], 'discovery.k8s.io', 'endpointslices'),
    events,
  ),
  controller(
    'ephemeral-volume-controller',
    readPods,
    rule(UPDATE, 'core', 'pods/finalizers'),
    rule(['create', ...READ], 'core', 'persistentvolumeclaims'),
    events,
  ),
  controller(
    'expand-controller',
    rule([...READ, ...MODIFY], 'core', 'persistentvolumes'),
    rule(MODIFY, 'core', 'persistentvolumeclaims/status'),
    claims,
    events,
  ),
  controller('generic-garbage-collector', rule(['delete', ...READ, ...MODIFY], '*', '*'), events),
  controller(
    'horizontal-pod-autoscaler',
    rule(READ, 'autoscaling', 'horizontalpodautoscalers'),
    rule(UPDATE, 'autoscaling', 'horizontalpodautoscalers/status'),
    rule(['get', 'update'], '*', SCALE),
    rule(FOLLOW, 'core', 'pods'),
    rule(FOLLOW, 'metrics.k8s.io', 'pods'),
    rule(READ, 'custom.metrics.k8s.io', '*'),
    rule(READ, 'external.metrics.k8s.io', '*'),
    events,
  ),
  controller(
    'job-controller',
    rule([...READ, ...MODIFY], 'batch', 'jobs'),
    rule(UPDATE, 'batch', 'jobs/status'),
    rule(UPDATE, 'batch', 'jobs/finalizers'),
    runPods,
    events,
  ),
  controller(
    'legacy-service-account-token-cleaner',
    {
      ...rule(['get'], 'core', 'configmaps'),
      resourceNames: ['kube-apiserver-legacy-service-account-token-tracking'],
    },
    rule(['delete', 'patch'], 'core', 'secrets'),
  ),
  controller(
    'namespace-controller',
    rule(['delete', ...READ], 'core', 'namespaces'),
    rule(UPDATE, 'core', 'namespaces/finalize namespaces/status'),
    rule(['delete', 'deletecollection', ...READ], '*', '*'),
  ),
  controller(
    'node-controller',
    rule(['delete', ...READ, ...MODIFY], 'core', 'nodes'),
    rule(MODIFY, 'core', 'nodes/status'),
    podStatus,
    rule(['delete', ...READ], 'core', 'pods'),
    events,
  ),
  controller(
    'persistent-volume-binder',
    rule(['create', 'delete', ...READ, 'update'], 'core', 'persistentvolumes'),
    rule(UPDATE, 'core', 'persistentvolumes/status'),
    rule([...READ, 'update'], 'core', 'persistentvolumeclaims'),
    rule(UPDATE, 'core', 'persistentvolumeclaims/status'),
    rule(['create', 'delete', ...READ], 'core', 'pods'),
    rule(READ, 'storage.k8s.io', 'storageclasses'),
    nodes,
    events,
    rule(['watch'], 'core', 'events'),
  ),
  controller(
    'pod-garbage-collector',
    rule(['delete', ...FOLLOW], 'core', 'pods'),
    rule(READ, 'core', 'nodes'),
    rule(['patch'], 'core', 'pods/status'),
  ),
  controller('pv-protection-controller', rule([...READ, 'update'], 'core', 'persistentvolumes'), events),
  controller(
    'pvc-protection-controller',
    rule([...READ, 'update'], 'core', 'persistentvolumeclaims'),
    rule(UPDATE, 'core', 'persistentvolumeclaims/status'),
    readPods,
    events,
  ),
  controller(
    'replicaset-controller',
    rule([...READ, 'update'], APPS, 'replicasets'),
    rule(UPDATE, APPS, 'replicasets/status'),
    rule(UPDATE, APPS, 'replicasets/finalizers'),
    runPods,
    events,
  ),
  controller(
    'replication-controller',
    rule([...READ, 'update'], 'core', 'replicationcontrollers'),
    rule(UPDATE, 'core', 'replicationcontrollers/status'),
    rule(UPDATE, 'core', 'replicationcontrollers/finalizers'),
    runPods,
    events,
  ),
  controller(
    'resource-claim-controller',
    readPods,
    rule(UPDATE, 'core', 'pods/finalizers'),
    rule(['create', 'delete', ...READ], 'resource.k8s.io', 'resourceclaims'),
    rule(MODIFY, 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
    podStatus,
    events,
    rule(MODIFY, 'resource.k8s.io', 'resourceclaims/binding'),
  ),
  controller('resourcequota-controller', rule(FOLLOW, '*', '*'), rule(UPDATE, 'core', 'resourcequotas/status'), events),
  controller('root-ca-cert-publisher', rule(['create', 'update'], 'core', 'configmaps'), events),
  controller('route-controller', nodes, rule(['patch'], 'core', 'nodes/status'), events),
  controller('selinux-warning-controller', events, volumes, claims, readPods, rule(READ, 'storage.k8s.io', 'csidrivers')),
  controller('service-account-controller', rule(['create'], 'core', 'serviceaccounts'), events),
  controller(
    'service-cidrs-controller',
    rule([...READ, ...MODIFY], 'networking.k8s.io', 'servicecidrs'),
    rule(MODIFY, 'networking.k8s.io', 'servicecidrs/finalizers'),
    rule(MODIFY, 'networking.k8s.io', 'servicecidrs/status'),
    rule(READ, 'networking.k8s.io', 'ipaddresses'),
    events,
  ),
  controller('service-controller', rule(READ, 'core', 'services'), rule(MODIFY, 'core', 'services/status'), nodes, events),
  controller(
    'statefulset-controller',
    rule(FOLLOW, 'core', 'pods'),
    rule(READ, 'apps', 'statefulsets'),
    rule(UPDATE, 'apps', 'statefulsets/status'),
    rule(UPDATE, 'apps', 'statefulsets/finalizers'),
    rule(['create', 'delete', 'get', ...MODIFY], 'core', 'pods'),
    revisions,
    rule(['create', ...READ], 'core', 'persistentvolumeclaims'),
    rule(['delete', 'update'], 'core', 'persistentvolumeclaims'),
    rule(UPDATE, 'core', 'pods/finalizers'),
    events,
  ),
  controller('ttl-after-finished-controller', rule(['delete', ...READ], 'batch', 'jobs'), events),
  controller('ttl-controller', rule([...FOLLOW, ...MODIFY], 'core', 'nodes'), events),
  controller(
    'validatingadmissionpolicy-status-controller',
    rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule(['get', ...MODIFY], 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    events,
  ),
  controller(
    'volumeattributesclass-protection-controller',
    claims,
    volumes,
    rule([...READ, 'update'], 'storage.k8s.io', 'volumeattributesclasses'),
    events,
  ),
]
