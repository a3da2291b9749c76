/**
 * How lists and maps merge: the `x-kubernetes-list-type`, `-list-map-keys`, `-map-type`, `-patch-strategy` and
 * `-patch-merge-key` of upstream's schemas, which client-node drops. Read off the `+listType`, `+listMapKey`, `+mapType`
 * tags and the `patchStrategy`, `patchMergeKey` tags of upstream's Go types.
 *
 * One line per field: `Type.field  list type (and keys)  [patch strategy [key]]`.
 */
const LISTS = `
ObjectMeta.finalizers                          set                               merge
ObjectMeta.ownerReferences                     map(uid)                          merge uid
ObjectMeta.managedFields                       atomic
LabelSelector.matchExpressions                 atomic
LabelSelectorRequirement.values                atomic
PodSpec.containers                             map(name)                         merge name
PodSpec.initContainers                         map(name)                         merge name
PodSpec.ephemeralContainers                    map(name)                         merge name
PodSpec.volumes                                map(name)                         merge,retainKeys name
PodSpec.imagePullSecrets                       map(name)                         merge name
PodSpec.hostAliases                            map(ip)                           merge ip
PodSpec.readinessGates                         atomic
PodSpec.schedulingGates                        map(name)                         merge name
PodSpec.resourceClaims                         map(name)                         merge,retainKeys name
PodSpec.tolerations                            atomic
PodSpec.topologySpreadConstraints              map(topologyKey,whenUnsatisfiable) merge topologyKey
Container.args                                 atomic
Container.command                              atomic
Container.env                                  map(name)                         merge name
Container.envFrom                              atomic
Container.ports                                map(containerPort,protocol)       merge containerPort
Container.resizePolicy                         atomic
Container.restartPolicyRules                   atomic
Container.volumeDevices                        map(devicePath)                   merge devicePath
Container.volumeMounts                         map(mountPath)                    merge mountPath
EphemeralContainer.args                        atomic
EphemeralContainer.command                     atomic
EphemeralContainer.env                         map(name)                         merge name
EphemeralContainer.envFrom                     atomic
EphemeralContainer.ports                       map(containerPort,protocol)       merge containerPort
EphemeralContainer.resizePolicy                atomic
EphemeralContainer.restartPolicyRules          atomic
EphemeralContainer.volumeDevices               map(devicePath)                   merge devicePath
EphemeralContainer.volumeMounts                map(mountPath)                    merge mountPath
ExecAction.command                             atomic
HTTPGetAction.httpHeaders                      atomic
PodSecurityContext.supplementalGroups          atomic
PodSecurityContext.sysctls                     atomic
Capabilities.add                               atomic
Capabilities.drop                              atomic
ResourceRequirements.claims                    map(name)
PodDNSConfig.nameservers                       atomic
PodDNSConfig.searches                          atomic
PodDNSConfig.options                           atomic
PodStatus.conditions                           map(type)                         merge type
PodStatus.containerStatuses                    atomic
PodStatus.initContainerStatuses                atomic
PodStatus.ephemeralContainerStatuses           atomic
PodStatus.podIPs                               map(ip)                           merge ip
PodStatus.hostIPs                              atomic                            merge ip
PodStatus.resourceClaimStatuses                map(name)                         merge,retainKeys name
ContainerStatus.volumeMounts                   map(mountPath)                    merge mountPath
ContainerStatus.allocatedResourcesStatus       map(name)                         merge name
NodeAffinity.preferredDuringSchedulingIgnoredDuringExecution    atomic
NodeSelector.nodeSelectorTerms                 atomic
NodeSelectorTerm.matchExpressions              atomic
NodeSelectorTerm.matchFields                   atomic
NodeSelectorRequirement.values                 atomic
PodAffinity.preferredDuringSchedulingIgnoredDuringExecution     atomic
PodAffinity.requiredDuringSchedulingIgnoredDuringExecution      atomic
PodAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution atomic
PodAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution  atomic
PodAffinityTerm.namespaces                     atomic
PodAffinityTerm.matchLabelKeys                 atomic
PodAffinityTerm.mismatchLabelKeys              atomic
TopologySpreadConstraint.matchLabelKeys        atomic
HostAlias.hostnames                            atomic
ConfigMapVolumeSource.items                    atomic
ConfigMapProjection.items                      atomic
SecretVolumeSource.items                       atomic
SecretProjection.items                         atomic
DownwardAPIVolumeSource.items                  atomic
DownwardAPIProjection.items                    atomic
ProjectedVolumeSource.sources                  atomic
CephFSVolumeSource.monitors                    atomic
RBDVolumeSource.monitors                       atomic
ISCSIVolumeSource.portals                      atomic
FCVolumeSource.targetWWNs                      atomic
FCVolumeSource.wwids                           atomic
ServiceSpec.ports                              map(port,protocol)                merge port
ServiceSpec.clusterIPs                         atomic
ServiceSpec.externalIPs                        atomic
ServiceSpec.ipFamilies                         atomic
ServiceSpec.loadBalancerSourceRanges           atomic
ServiceStatus.conditions                       map(type)                         merge type
LoadBalancerStatus.ingress                     atomic
LoadBalancerIngress.ports                      atomic
Endpoints.subsets                              atomic
EndpointSubset.addresses                       atomic
EndpointSubset.notReadyAddresses               atomic
EndpointSubset.ports                           atomic
ServiceAccount.secrets                         map(name)                         merge name
ServiceAccount.imagePullSecrets                atomic
NamespaceSpec.finalizers                       atomic
NamespaceStatus.conditions                     map(type)                         merge type
NodeSpec.podCIDRs                              set                               merge
NodeSpec.taints                                atomic
NodeStatus.conditions                          map(type)                         merge type
NodeStatus.addresses                           map(type)                         merge type
NodeStatus.images                              atomic
NodeStatus.runtimeHandlers                     atomic
NodeStatus.volumesAttached                     atomic
NodeStatus.volumesInUse                        atomic
ContainerImage.names                           atomic
ReplicationControllerStatus.conditions         map(type)                         merge type
PersistentVolumeSpec.accessModes               atomic
PersistentVolumeSpec.mountOptions              atomic
PersistentVolumeClaimSpec.accessModes          atomic
PersistentVolumeClaimStatus.accessModes        atomic
PersistentVolumeClaimStatus.conditions         map(type)                         merge type
DeploymentStatus.conditions                    map(type)                         merge type
ReplicaSetStatus.conditions                    map(type)                         merge type
StatefulSetSpec.volumeClaimTemplates           atomic
StatefulSetStatus.conditions                   map(type)                         merge type
DaemonSetStatus.conditions                     map(type)                         merge type
JobStatus.conditions                           atomic                            merge type
PodFailurePolicy.rules                         atomic
PodFailurePolicyRule.onPodConditions           atomic
PodFailurePolicyOnExitCodesRequirement.values  set
SuccessPolicy.rules                            atomic
UncountedTerminatedPods.failed                 set
UncountedTerminatedPods.succeeded              set
CronJobStatus.active                           atomic
EndpointSlice.endpoints                        atomic
EndpointSlice.ports                            atomic
Endpoint.addresses                             set
EndpointHints.forNodes                         atomic
EndpointHints.forZones                         atomic
IngressSpec.rules                              atomic
IngressSpec.tls                                atomic
IngressTLS.hosts                               atomic
HTTPIngressRuleValue.paths                     atomic
IngressLoadBalancerStatus.ingress              atomic
IngressLoadBalancerIngress.ports               atomic
NetworkPolicySpec.ingress                      atomic
NetworkPolicySpec.egress                       atomic
NetworkPolicySpec.policyTypes                  atomic
NetworkPolicyIngressRule.from                  atomic
NetworkPolicyIngressRule.ports                 atomic
NetworkPolicyEgressRule.to                     atomic
NetworkPolicyEgressRule.ports                  atomic
IPBlock.except                                 atomic
ServiceCIDRSpec.cidrs                          atomic
ServiceCIDRStatus.conditions                   map(type)                         merge type
PodDisruptionBudgetStatus.conditions           map(type)                         merge type
Role.rules                                     atomic
ClusterRole.rules                              atomic
RoleBinding.subjects                           atomic
ClusterRoleBinding.subjects                    atomic
AggregationRule.clusterRoleSelectors           atomic
PolicyRule.apiGroups                           atomic
PolicyRule.nonResourceURLs                     atomic
PolicyRule.resourceNames                       atomic
PolicyRule.resources                           atomic
PolicyRule.verbs                               atomic
StorageClass.allowedTopologies                 atomic
StorageClass.mountOptions                      atomic
TopologySelectorTerm.matchLabelExpressions     atomic
TopologySelectorLabelRequirement.values        atomic
TokenRequestSpec.audiences                     atomic
UserInfo.groups                                atomic
`

/** Objects and maps that are replaced as one, and the two whose patches keep only the named keys or replace. */
const MAPS = `
CoreV1EndpointPort            atomic
DiscoveryV1EndpointPort       atomic
EndpointAddress               atomic
ObjectReference               atomic
LocalObjectReference          atomic
TypedLocalObjectReference     atomic
ConfigMapKeySelector          atomic
SecretKeySelector             atomic
ObjectFieldSelector           atomic
ResourceFieldSelector         atomic
FileKeySelector               atomic
SecretReference               atomic
NodeSelector                  atomic
NodeSelectorTerm              atomic
TopologySelectorTerm          atomic
LabelSelector                 atomic
RoleRef                       atomic
RbacV1Subject                 atomic
PodSpec.nodeSelector          atomic
ServiceSpec.selector          atomic
ReplicationControllerSpec.selector atomic
PersistentVolumeSpec.claimRef granular
DeploymentSpec.strategy       -                 retainKeys
PodDisruptionBudgetSpec.selector -              replace
`

type Extensions = Readonly<Record<string, string | readonly string[]>>

const lines = (table: string): string[][] =>
  table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))

function listExtensions([type = '', strategy, key]: readonly string[]): Extensions {
  const keys = /^map\((.*)\)$/.exec(type)?.[1]?.split(',')
  return {
    ...(keys && { 'x-kubernetes-list-map-keys': keys }),
    'x-kubernetes-list-type': keys ? 'map' : type,
    ...(key && { 'x-kubernetes-patch-merge-key': key }),
    ...(strategy && { 'x-kubernetes-patch-strategy': strategy }),
  }
}

function mapExtensions([type = '-', strategy]: readonly string[]): Extensions {
  return {
    ...(type !== '-' && { 'x-kubernetes-map-type': type }),
    ...(strategy && { 'x-kubernetes-patch-strategy': strategy }),
  }
}

/** By `Type` or `Type.field`, in our names for the types and JSON's for the fields. */
export const extensions: ReadonlyMap<string, Extensions> = new Map([
  ...lines(LISTS).map(([field = '', ...rest]) => [field, listExtensions(rest)] as const),
  ...lines(MAPS).map(([field = '', ...rest]) => [field, mapExtensions(rest)] as const),
])
