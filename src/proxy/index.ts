/** The service proxy: Services and EndpointSlices to nftables, one table per node (kube-proxy). */
export { announceProgrammed } from './announce.ts'
export { type ClientMap, clientMapsOf, type KeptClient, keptClients } from './memory/affinity.ts'
export { cleanupScript } from './table/script.ts'
export { type ProxyKernel, type ProxyOptions, runProxy } from './run.ts'
