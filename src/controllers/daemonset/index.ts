/** DaemonSets: one Pod on every node that it may run on. */
export { runDaemonSets } from './run.ts'
