/** Deployments: ReplicaSets that replace each other, a few Pods at a time. */
export { runDeployments } from './run.ts'
