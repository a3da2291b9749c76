/** Jobs: Pods that are run until enough of them have succeeded. */
export { runJobs } from './run.ts'
