/** Deletes what belonged to owners that are gone. */
export { runGarbageCollector } from './run.ts'
