/** ReplicaSets and ReplicationControllers: so many Pods of a template. */
export { replicaSetKind, replicationControllerKind } from './kinds.ts'
export { runReplicas } from './run.ts'
