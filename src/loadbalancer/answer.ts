import { endpointSlices, keyOf, type Node, nodes, type Service, serviceKeysOf, services } from '../api/index.ts'
import type { Caches } from '../client/index.ts'
import type { Ip, IpObject, setSysctl } from '../kernel/index.ts'
import { type Clock, createRunner, isIPv6, type Logger } from '../lib/index.ts'
import { type Ask, askKernel, createLiveness } from './liveness.ts'
import { addressesOfNode, electedFor } from './plan.ts'
import { inPool, type Pool } from './pool.ts'

export interface AnswerOptions {
  readonly caches: Caches
  readonly ip: Ip
  readonly setSysctl: typeof setSysctl
  readonly clock: Clock
  readonly log: Logger
  readonly nodeName: string
  /** The node's interface in the nodes' network. */
  readonly device: string
  readonly pool: Pool
  /** Whether a machine answers; its kernel is asked when left out. */
  readonly ask?: Ask
}

/**
 * One node's part: the addresses that it is elected for are addresses of its own, so that its kernel answers ARP and neighbour
 * solicitations for them and the service proxy's rules do the rest. Resolves when the kernel has them for the first time; goes on
 * until `signal` aborts. What is set stays when the process ends: a restart interrupts nobody.
 */
export async function runAnswering(options: AnswerOptions, signal: AbortSignal): Promise<void> {
  const { caches, ip, clock, log, nodeName, device, pool } = options
  const [serviceCache, sliceCache, nodeCache] = [caches.of(services), caches.of(endpointSlices), caches.of(nodes)]
  const slicesOfKey = sliceCache.indexBy(serviceKeysOf)
  await Promise.all([serviceCache, sliceCache, nodeCache].map((cache) => cache.whenSynced()))
  // By which the kernel tells the neighbours when an address moves; arp(7), ip-sysctl.
  options.setSysctl(`net.ipv4.conf.${device}.arp_notify`, 1)
  if (pool.some(isIPv6)) options.setSysctl(`net.ipv6.conf.${device}.ndisc_notify`, 1)

  const isOther = ({ metadata }: Node): boolean => metadata.name !== nodeName
  const liveness = createLiveness({ ask: options.ask ?? askKernel, clock, changed: () => runner.request() }, signal)
  const first = Promise.withResolvers<void>()
  const run = async (): Promise<void> => {
    const slicesOf = (service: Service) => slicesOfKey(keyOf(service))
    const living = nodeCache.list().filter((node) => node.metadata.name === nodeName || !liveness.isSilent(internalIP(node)))
    const elected = electedFor(serviceCache.list(), { nodes: living, slicesOf })
    liveness.watch(
      new Set(living.filter((node) => isOther(node) && internalIP(node) && elected.has(node.metadata.name!)).map(internalIP)),
    )
    const wanted = addressesOfNode(elected.get(nodeName) ?? [], pool)
    const [link] = await ip.query(['address', 'show', 'dev', device])
    const commands = answerCommands(link ?? {}, { wanted, device, pool })
    await ip.batch(commands)
    if (commands.length > 0) log.info({ addresses: [...wanted] }, 'answers for load balancer addresses')
    first.resolve()
  }
  const runner = createRunner({ run, clock, log }, signal)
  serviceCache.onChange((after, before) => {
    if (after?.spec?.type === 'LoadBalancer' || before?.spec?.type === 'LoadBalancer') runner.request()
  })
  sliceCache.onChange((after, before) => {
    const service = serviceCache.get(serviceKeysOf((after ?? before)!)[0] ?? '')
    if (service?.spec?.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local') runner.request()
  })
  nodeCache.onChange(() => runner.request())
  runner.request()
  await first.promise
}

/** Nobody is asked whether he has it, for whoever had it is silent (nodad); the node doesn't choose to speak as it (preferred_lft 0). */
const IPV6_ADDRESS = ' nodad preferred_lft 0'

/**
 * What makes an interface (`ip -json address show`) have `wanted` and no other address of the pool, in ip(8)'s language. Setting the
 * link's address to what it is makes the kernel announce all of its addresses; neighbours would else go on asking who had them.
 */
export function answerCommands(
  link: IpObject,
  { wanted, device, pool }: { readonly wanted: ReadonlySet<string>; readonly device: string; readonly pool: Pool },
): readonly string[] {
  const addresses = (link['addr_info'] ?? []) as readonly { readonly local?: string; readonly prefixlen?: number }[]
  const isAlone = (address: string, prefix: number | undefined): boolean => prefix === (isIPv6(address) ? 128 : 32)
  const present = new Set(
    addresses.flatMap(({ local, prefixlen }) => (local && isAlone(local, prefixlen) && inPool(pool, local) ? [local] : [])),
  )
  const added = [...wanted.difference(present)].sort()
  const removed = [...present.difference(wanted)].sort()
  return [
    ...removed.map((address) => `address del ${alone(address)} dev ${device}`),
    ...added.map((address) => `address add ${alone(address)} dev ${device}${isIPv6(address) ? IPV6_ADDRESS : ''}`),
    ...(added.length > 0 ? [`link set dev ${device} address ${String(link['address'])}`] : []),
  ]
}

const alone = (address: string): string => `${address}/${isIPv6(address) ? 128 : 32}`

/** Empty for a node that has none, which is never silent. */
const internalIP = ({ status }: Node): string => status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? ''
