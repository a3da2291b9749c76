/** The Service kube-dns: every node answers its own Pods. */
export { runClusterDns } from './run.ts'
