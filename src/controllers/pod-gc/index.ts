/** Removes Pods that nobody else will: of nodes that are gone, and those that ended when there are too many. */
export { runPodGC } from './run.ts'
