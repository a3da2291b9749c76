/** Endpoints that were made by hand to EndpointSlices, which is what proxies read. */
export { runEndpointSliceMirroring } from './run.ts'
