/** Runs the Pods of one node: the part of upstream's kubelet, container runtime and Pod network. */
export { parseThresholds } from './eviction/thresholds.ts'
export { hostImages } from './images/host-image.ts'
export { keepRoutes } from './network/network.ts'
export type { KubeletKernel, KubeletOptions, ServerOptions } from './options.ts'
export { runKubelet } from './run.ts'
