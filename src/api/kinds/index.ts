/** Every kind the API server serves. This door is the API server's; components need only `../index.ts`. */
import { controllerRevision } from '../apps/controller-revision.ts'
import { daemonSet } from '../apps/daemon-set.ts'
import { deployment } from '../apps/deployment.ts'
import { replicaSet } from '../apps/replica-set.ts'
import { statefulSet } from '../apps/stateful-set.ts'
import { cronJob } from '../batch/cron-job.ts'
import { job } from '../batch/job.ts'
import { lease } from '../coordination/lease.ts'
import { configMap } from '../core/config-map.ts'
import { endpoints } from '../core/endpoints.ts'
import { event } from '../core/event.ts'
import { namespace } from '../core/namespace.ts'
import { node } from '../core/node.ts'
import { persistentVolume, persistentVolumeClaim } from '../core/persistent-volume.ts'
import { podTemplate } from '../core/pod-template.ts'
import { pod } from '../core/pod/kind.ts'
import { replicationController } from '../core/replication-controller.ts'
import { secret } from '../core/secret.ts'
import { serviceAccount } from '../core/service-account.ts'
import { service } from '../core/service/kind.ts'
import { endpointSlice } from '../discovery/endpoint-slice.ts'
import { eventV1 } from '../events/event.ts'
import type { Kind } from '../kind.ts'
import { ingress, ingressClass } from '../networking/ingress.ts'
import { ipAddress } from '../networking/ip-address.ts'
import { networkPolicy } from '../networking/network-policy.ts'
import { serviceCIDR } from '../networking/service-cidr.ts'
import { podDisruptionBudget } from '../policy/pod-disruption-budget.ts'
import { clusterRole, clusterRoleBinding, role, roleBinding } from '../rbac/roles.ts'
import { priorityClass } from '../scheduling/priority-class.ts'
import { storageClass } from '../storage/storage-class.ts'

export type { Column, FieldError, Kind, NameRule, RowCondition, ScaleMapping, StoredAs, Subresource } from '../kind.ts'

/** In the order in which discovery lists them: by group as upstream does, by name within a group. */
export const kinds: readonly Kind[] = [
  configMap,
  endpoints,
  event,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  podTemplate,
  replicationController,
  secret,
  serviceAccount,
  service,
  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,
  eventV1,
  cronJob,
  job,
  ingressClass,
  ingress,
  ipAddress,
  networkPolicy,
  serviceCIDR,
  podDisruptionBudget,
  clusterRoleBinding,
  clusterRole,
  roleBinding,
  role,
  storageClass,
  lease,
  endpointSlice,
  priorityClass,
]
