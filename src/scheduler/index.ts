/** Gives Pods a node (kube-scheduler). */
export { runScheduler, type SchedulerOptions } from './run.ts'
