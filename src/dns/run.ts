import type { Caches } from '../client/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'
import { nameKey } from '../wire/index.ts'
import { Answerer } from './answer.ts'
import { Forwarder } from './forward/forwarder.ts'
import { forwardedReply } from './forward/reply.ts'
import { type RouteOptions, routesOf } from './forward/servers.ts'
import { NameIndex } from './name-index.ts'
import { type PodNames, podTest } from './pods.ts'
import { planHosts } from './records.ts'
import { createResponder, type Forward, type QueryEvent } from './respond.ts'
import type { Endpoint } from './server/server.ts'
import { listenTcp } from './server/tcp.ts'
import { listenUdp } from './server/udp.ts'
import { follow } from './watch.ts'

export interface DnsOptions extends RouteOptions {
  readonly caches: Caches
  /** Each over UDP and TCP. Specific addresses: an answer leaves from where the query went. */
  readonly listen: readonly Endpoint[]
  /** `cluster.local`. */
  readonly clusterDomain: string
  /** Of the answers about the cluster, in seconds: how long a client may believe what has changed since. */
  readonly ttl: number
  readonly podNames: PodNames
  /** Fixed addresses of complete names. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>
  readonly clock: Clock
  readonly log: Logger
  /** Told of every query after its answer is on its way. */
  readonly onQuery?: (event: QueryEvent) => void
}

/**
 * Cluster DNS: Services and EndpointSlices in, answers out. Resolves when it listens and knows the whole cluster; goes on until `signal` aborts, also while the API server is away. Throws when it can't listen.
 */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { caches, listen, clusterDomain: zone, ttl, podNames, hosts = {}, clock, log, onQuery } = options
  const seconds = (): number => Math.floor(clock.now() / 1000)
  const index = new NameIndex(nameKey(zone))
  index.set('hosts', planHosts(hosts, ttl))
  const isPod = await podTest(podNames, caches)
  const answerer = new Answerer({ index, zone, ttl, isPod }, seconds())
  const runner = createRunner({ run: async () => refresh(), clock, log }, signal)
  const addresses = listen.map(({ address }) => address)
  const follower = await follow({ caches, index, zone, ttl, addresses, log, onDirty: () => runner.request() })
  const refresh = (): void => {
    if (follower.refresh()) answerer.changed(seconds())
  }

  const forwarder = new Forwarder({ routes: routesOf(options), clock, log }, signal)
  const forward: Forward = async (query, { name, aliases }) => {
    const question = { name, type: query.type }
    return forwardedReply({ query, aliases, question, outcome: await forwarder.ask(question) })
  }
  const respond = createResponder({ answerer, refresh, forward, now: () => clock.now(), onQuery })
  await Promise.all(listen.flatMap((at) => [listenUdp(at, { respond, log }, signal), listenTcp(at, { respond, log }, signal)]))
}
