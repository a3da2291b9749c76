/** The composition root: which process holds what, and how a whole cluster comes and goes. */
export { affinityOf, type KeptOnNode } from './affinity.ts'
export type { ControlPlaneOptions } from './control-plane.ts'
export { type ClusterStatus, down, forget, status } from './down.ts'
export { type EnterOptions, captureOutside, execOnNode, execOutside } from './enter.ts'
export { expose, type ExposeOptions, hide, listExposed, type ServiceName } from './expose.ts'
export { defaultRoot } from './folder.ts'
export { type HostDnsOptions, turnHostDns } from './host-dns.ts'
export { type ClusterImage, listImages, loadArchive, removeImage } from './images.ts'
export { captureKubectl, kubectlProgram, runKubectl } from './kubectl.ts'
export { addNode, type NodeOptions, removeNode, startNode, stopNode } from './nodes.ts'
export type { NodeAgentOptions } from './node-agent.ts'
export { runControlPlane, runNodeAgent } from './processes.ts'
export { checkName, type ClusterSpec, contextName, DEFAULT_NAME, type NewNode, type NodeSpec, outsideIP } from './spec.ts'
export { type Up, up, type UpOptions } from './up.ts'
export {
  cleanUpProxy,
  type ControllersFlags,
  type KubeletFlags,
  type LoadBalancerFlags,
  type ProxyFlags,
  runControllersAlone,
  runDnsAlone,
  runKubeletAlone,
  runLoadBalancerAlone,
  runProxyAlone,
  runSchedulerAlone,
} from './alone.ts'
export { type ApiServerFlags, runApiServerAlone } from './alone-apiserver.ts'
