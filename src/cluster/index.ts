/** The composition root: which process holds what, and how a whole cluster comes and goes. */
export { affinityOf, type KeptOnNode } from './commands/affinity.ts'
export type { ControlPlaneOptions } from './processes/control-plane.ts'
export { type ClusterStatus, down, forget, status } from './commands/down.ts'
export { type EnterOptions, captureOutside, execOnNode, execOutside } from './bubble/enter.ts'
export { expose, type ExposeOptions, hide, listExposed, type ServiceName } from './commands/expose.ts'
export { defaultRoot } from './files/folder.ts'
export { type HostDnsOptions, turnHostDns } from './commands/host-dns.ts'
export { type ClusterImage, listImages, loadArchive, removeImage } from './files/images.ts'
export { captureKubectl, kubectlProgram, runKubectl } from './commands/kubectl.ts'
export { addNode, type NodeOptions, removeNode, startNode, stopNode } from './commands/nodes.ts'
export type { NodeAgentOptions } from './processes/node-agent.ts'
export { runControlPlane, runNodeAgent } from './processes/long-running.ts'
export { addressesOf, inFamilies, type IPFamily, outsideIP } from './addresses.ts'
export { checkName, type ClusterSpec, contextName, DEFAULT_NAME, type NewNode, type NodeSpec } from './spec.ts'
export { type Up, up, type UpOptions } from './commands/up.ts'
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
} from './alone/components.ts'
export { type ApiServerFlags, runApiServerAlone } from './alone/apiserver.ts'
