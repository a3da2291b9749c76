/** StatefulSets: Pods with names that stay, one after the other. */
export { runStatefulSets } from './run.ts'
