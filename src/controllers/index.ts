/** The controllers, which meet only in the API (kube-controller-manager). */
import type { ClusterFacts, ControllerContext } from './context.ts'
import { runDaemonSets } from './daemonset/index.ts'
import { runDeployments } from './deployment/index.ts'
import { runDisruptionBudgets } from './disruption/index.ts'
import { runEndpoints } from './endpoints/index.ts'
import { runEndpointSliceMirroring } from './endpointslice-mirroring/index.ts'
import { runEndpointSlices } from './endpointslice/index.ts'
import { runGarbageCollector } from './garbage-collector/index.ts'
import { runJobs } from './job/index.ts'
import { runNamespaces } from './namespace/index.ts'
import { runNodeIpam } from './node-ipam/index.ts'
import { runNodeLifecycle } from './node-lifecycle/index.ts'
import { runPodGC } from './pod-gc/index.ts'
import { replicaSetKind, replicationControllerKind, runReplicas } from './replicaset/index.ts'
import { runServiceAccounts } from './service-account/index.ts'
import { runStatefulSets } from './statefulset/index.ts'

/** Not among them: what only a cluster has that Portolan starts. Another has a DNS of its own, and proxies that don't say what they did. */
export { runClusterDns } from './cluster-dns/index.ts'
export { runProgrammed } from './programmed/index.ts'
export type { ClusterFacts, ControllerContext } from './context.ts'

export interface ControllersOptions extends ControllerContext {
  readonly cluster: ClusterFacts
}

/** Starts every controller; resolves when they follow the cluster, and they go on until `signal` aborts. */
export async function runControllers({ cluster, ...context }: ControllersOptions, signal: AbortSignal): Promise<void> {
  await Promise.all([
    runNodeIpam(context, cluster, signal),
    runServiceAccounts(context, cluster, signal),
    runEndpointSlices(context, signal),
    runEndpointSliceMirroring(context, signal),
    runEndpoints(context, signal),
    runReplicas(replicaSetKind, context, signal),
    runReplicas(replicationControllerKind, context, signal),
    runDeployments(context, signal),
    runStatefulSets(context, signal),
    runDaemonSets(context, signal),
    runJobs(context, signal),
    runNamespaces(context, signal),
    runNodeLifecycle(context, signal),
    runPodGC(context, signal),
    runDisruptionBudgets(context, signal),
  ])
  // Last, so that it finds the caches of the others and needs none of its own for those kinds.
  await runGarbageCollector(context, signal)
}
