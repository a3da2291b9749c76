/** The service proxy: Services and EndpointSlices to nftables, one table per node (kube-proxy). */
export { announceProgrammed } from './announce.ts'
export { type ClientMap, clientMapsOf, type KeptClient, keptClients } from './memory/affinity.ts'
export { cleanUp } from './families.ts'
export { type ProxyKernel, type ProxyOptions, runProxy } from './run.ts'
