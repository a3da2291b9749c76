/** How many Pods of a disruption budget may be evicted. */
export { runDisruptionBudgets } from './run.ts'
