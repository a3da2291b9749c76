/** Services and Pods to Endpoints, for older clients. */
export { runEndpoints } from './run.ts'
