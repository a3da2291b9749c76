import { admin, type ListenOn, type User } from '../../apiserver/index.ts'
import { createCaches, createClient } from '../../client/index.ts'
import { runClusterDns, runControllers, runProgrammed } from '../../controllers/index.ts'
import { exposedFile, runHost } from '../../host/index.ts'
import { connectIn, createIp, listenIn } from '../../kernel/index.ts'
import { keepRoutes } from '../../kubelet/index.ts'
import { createLogger, PortolanError, systemClock } from '../../lib/index.ts'
import { runLoadBalancer } from '../../loadbalancer/index.ts'
import { runScheduler } from '../../scheduler/index.ts'
import { type ClusterFolder, folderAt, readSpec } from '../files/folder.ts'
import { openApiServer } from './open-apiserver.ts'
import { addressesOf, controlPlaneIP, dnsIP, inFamilies, poolOf } from '../addresses.ts'
import { API_PORT, type ClusterSpec } from '../spec.ts'

/** Components in this process speak to the API server as their upstream twins do, so that it can tell them apart. */
const identity = (name: string): User => ({ name, groups: ['system:authenticated'] })
const CONTROLLER_MANAGER = identity('system:kube-controller-manager')
const SCHEDULER = identity('system:kube-scheduler')

export interface ControlPlaneOptions {
  readonly root: string
  /** Where the host reaches the API server; beside it, it listens on the control plane's own address. */
  readonly listen: ListenOn
  /** A file that stands for the host's network namespace. */
  readonly hostNamespace: string
}

/** The process of a cluster's control plane: store, API server, controllers, scheduler. Ends when `signal` aborts. */
export async function runControlPlane({ root, listen, hostNamespace }: ControlPlaneOptions, signal: AbortSignal): Promise<void> {
  const folder = folderAt(root)
  const spec = readSpec(folder)
  if (!spec) throw new PortolanError('NoCluster', `there is no cluster in ${root}`)
  const advertise = { address: controlPlaneIP(spec), port: API_PORT }
  const { server, store, tls } = await openApiServer({ folder, advertise, serviceCIDRs: inFamilies(spec, 'serviceCIDR') })
  await server.listen({ host: controlPlaneIP(spec), port: API_PORT }, tls)
  await server.listen(listen, tls)

  // What a component may write is its own matter; what there is to read is held once for all.
  const reader = createClient(server.handlerFor(admin), { userAgent: 'portolan-caches' })
  const caches = createCaches({ client: reader, log: createLogger('caches') }, signal)
  const member = (user: User, component: string) => {
    const client = createClient(server.handlerFor(user), { userAgent: `portolan-${component}` })
    return { client, caches, clock: systemClock, log: createLogger(component) }
  }
  const cluster = { podCIDRs: inFamilies(spec, 'podCIDR'), dnsIP: dnsIP(spec), rootCertificate: tls.clientAuthority }
  // The API server's proxies ask Pods, which this namespace only reaches by their nodes.
  keepRoutes({ caches, nodeName: '', ip: createIp(), clock: systemClock, log: createLogger('routes') }, signal)
  await Promise.all([
    runControllers({ ...member(CONTROLLER_MANAGER, 'controllers'), cluster }, signal),
    runScheduler(member(SCHEDULER, 'scheduler'), signal),
    runClusterDns(member(admin, 'addons'), cluster, signal),
    runProgrammed(member(admin, 'programmed'), signal),
    runLoadBalancer({ ...member(admin, 'loadbalancer'), pool: poolOf(spec) }, signal),
    runHost({ ...member(admin, 'host'), ...hostOptions(folder, spec, hostNamespace) }, signal),
  ])
  await server.run(signal)
  await server.close()
  await store.close()
}

const hostOptions = (folder: ClusterFolder, spec: ClusterSpec, namespace: string) => ({
  kernel: { connectIn, listenIn },
  namespace,
  addresses: addressesOf(spec, controlPlaneIP(spec)),
  exposedFile: exposedFile(folder.root),
})
