import { nodes, semanticEqual, type Service, services } from '../api/index.ts'
import { type Caches, type Client, createRecorder, isConflict, isNotFound, whenSeen } from '../client/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'
import { FINALIZER, type Grant, isLeft, planGrants } from './plan.ts'
import type { Pool } from './pool.ts'

export interface LoadBalancerOptions {
  readonly client: Client
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
  /** Where addresses come from: parts of the nodes' network. */
  readonly pool: Pool
}

/**
 * Gives Services of type LoadBalancer their addresses (upstream: the service controller of a cloud provider). Resolves when it
 * follows the cluster; goes on until `signal` aborts. There may be one in a cluster.
 */
export async function runLoadBalancer(options: LoadBalancerOptions, signal: AbortSignal): Promise<void> {
  const { client, caches, clock, log, pool } = options
  const serviceCache = caches.of(services)
  const nodeCache = caches.of(nodes)
  const recorder = createRecorder({ client, component: 'service-controller', clock, log })
  await Promise.all([serviceCache.whenSynced(), nodeCache.whenSynced()])

  const patch = async (service: Service, body: object, subresource?: 'status'): Promise<Service> => {
    const { namespace, name = '' } = service.metadata
    const how = { type: 'merge', body, ...(subresource ? { subresource } : {}) } as const
    const written = await client.patch(services, { namespace, name }, how, signal)
    if (!isGone(written)) await whenSeen(serviceCache, written)
    return written
  }
  const serve = async (service: Service, grant: Grant): Promise<void> => {
    if ('refused' in grant) {
      const known = (service.status?.loadBalancer?.ingress ?? []).length > 0
      if (known) await patch(service, noAddress, 'status')
      recorder.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: ${grant.refused}`)
      return
    }
    const ingress = grant.ips.map((ip) => ({ ip, ipMode: 'VIP' }))
    const finalizers = service.metadata.finalizers ?? []
    const protectedAlready = finalizers.includes(FINALIZER)
    if (protectedAlready && semanticEqual(service.status?.loadBalancer?.ingress, ingress)) return
    if (!protectedAlready) await patch(service, { metadata: { ...version(service), finalizers: [...finalizers, FINALIZER] } })
    await patch(service, { status: { loadBalancer: { ingress } } }, 'status')
    recorder.event(service, 'Normal', 'EnsuredLoadBalancer', `Ensured load balancer: ${grant.ips.join(', ')}, ${grant.reason}`)
  }
  const leave = async (service: Service): Promise<void> => {
    const written = await patch(service, noAddress, 'status')
    const others = (written.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
    await patch(service, { metadata: { ...version(written), finalizers: others.length > 0 ? others : null } })
    recorder.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer')
  }
  const refused = new Map<string, string>()
  const run = async (): Promise<void> => {
    const all = serviceCache.list()
    for (const service of all) if (isLeft(service, pool)) await leave(service).catch(ignoreOvertaken)
    for (const [key, grant] of planGrants(all, nodeCache.list(), pool)) {
      const reason = 'refused' in grant ? grant.refused : ''
      const news = refused.get(key) !== reason
      refused.set(key, reason)
      const service = serviceCache.get(key)
      if (service && (reason === '' || news)) await serve(service, grant).catch(ignoreOvertaken)
    }
    for (const key of refused.keys()) if (!serviceCache.get(key)) refused.delete(key)
  }
  const runner = createRunner({ run, clock, log: log.child({ controller: 'loadbalancer' }) }, signal)
  serviceCache.onChange((after, before) => {
    if ([after, before].some((service) => service?.spec?.type === 'LoadBalancer' || (service && isLeft(service, pool))))
      runner.request()
  })
  nodeCache.onChange((after, before) => {
    if (!semanticEqual(after?.status?.addresses, before?.status?.addresses)) runner.request()
  })
  runner.request()
}

const noAddress = { status: { loadBalancer: { ingress: null } } }
const version = ({ metadata }: Service) => ({ resourceVersion: metadata.resourceVersion })

/** The last finalizer gone, so is the object: it will not be seen again. */
const isGone = ({ metadata }: Service): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0

/** Somebody else wrote in between: the event that says so asks for another look. */
function ignoreOvertaken(error: unknown): void {
  if (!isConflict(error) && !isNotFound(error)) throw error
}
