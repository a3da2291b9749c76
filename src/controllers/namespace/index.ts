/** Empties namespaces that are deleted. */
export { runNamespaces } from './run.ts'
