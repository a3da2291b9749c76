/** Services and Pods to EndpointSlices. */
export { runEndpointSlices } from './run.ts'
