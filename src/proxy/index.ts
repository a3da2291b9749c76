/** The service proxy: Services and EndpointSlices to nftables, one table per node (kube-proxy). */
export { cleanupScript } from './table/script.ts'
export { type ProxyKernel, type ProxyOptions, runProxy } from './run.ts'
