import { admin, type ListenOn, type User } from '../apiserver/index.ts'
import { createCaches, createClient } from '../client/index.ts'
import { runClusterDns, runControllers } from '../controllers/index.ts'
import { createLogger, PortolanError, systemClock } from '../lib/index.ts'
import { defaultPool, runLoadBalancer } from '../loadbalancer/index.ts'
import { runScheduler } from '../scheduler/index.ts'
import { folderAt, readSpec } from './folder.ts'
import { openApiServer } from './open-apiserver.ts'
import { API_PORT, controlPlaneIP, dnsIP } from './spec.ts'

/** Components in this process speak to the API server as their upstream twins do, so that it can tell them apart. */
const identity = (name: string): User => ({ name, groups: ['system:authenticated'] })
const CONTROLLER_MANAGER = identity('system:kube-controller-manager')
const SCHEDULER = identity('system:kube-scheduler')

export interface ControlPlaneOptions {
  readonly root: string
  /** Where the host reaches the API server; beside it, it listens on the control plane's own address. */
  readonly listen: ListenOn
}

/** The process of a cluster's control plane: store, API server, controllers, scheduler. Ends when `signal` aborts. */
export async function runControlPlane({ root, listen }: ControlPlaneOptions, signal: AbortSignal): Promise<void> {
  const folder = folderAt(root)
  const spec = readSpec(folder)
  if (!spec) throw new PortolanError('NoCluster', `there is no cluster in ${root}`)
  const advertise = { address: controlPlaneIP(spec), port: API_PORT }
  const { server, store, tls } = await openApiServer({ folder, advertise, serviceCIDR: spec.serviceCIDR })
  await server.listen({ host: controlPlaneIP(spec), port: API_PORT }, tls)
  await server.listen(listen, tls)

  const member = (user: User, component: string) => {
    const client = createClient(server.handlerFor(user), { userAgent: `portolan-${component}` })
    const log = createLogger(component)
    return { client, caches: createCaches({ client, log }, signal), clock: systemClock, log }
  }
  const cluster = { podCIDR: spec.podCIDR, dnsIP: dnsIP(spec), rootCertificate: tls.clientAuthority }
  await Promise.all([
    runControllers({ ...member(CONTROLLER_MANAGER, 'controllers'), cluster }, signal),
    runScheduler(member(SCHEDULER, 'scheduler'), signal),
    runClusterDns(member(admin, 'addons'), cluster, signal),
    runLoadBalancer({ ...member(admin, 'loadbalancer'), pool: defaultPool(spec.nodeCIDR) }, signal),
  ])
  await server.run(signal)
  await server.close()
  await store.close()
}
