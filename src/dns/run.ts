import ipaddr from 'ipaddr.js'
import type { Caches } from '../client/index.ts'
import { type Clock, createRunner, type Logger } from '../lib/index.ts'
import { nameKey } from '../wire/index.ts'
import { Answerer } from './answer.ts'
import { askLeads } from './forward/ask-leads.ts'
import { Forwarder } from './forward/forwarder.ts'
import { routesOf } from './forward/servers.ts'
import { serveObservers } from './observe/http.ts'
import { metricsOf } from './observe/metrics.ts'
import { queryLog } from './observe/query-log.ts'
import { Tally } from './observe/tally.ts'
import { createResponder, type QueryEvent } from './respond.ts'
import { searchPaths } from './search/path.ts'
import { listenTcp } from './server/tcp.ts'
import { listenUdp } from './server/udp.ts'
import type { DnsSettings } from './settings.ts'
import { NameIndex } from './zone/name-index.ts'
import { podTest } from './zone/pods.ts'
import { planHosts } from './zone/records.ts'
import { follow } from './zone/watch.ts'

export interface DnsOptions extends DnsSettings {
  readonly caches: Caches
  readonly clock: Clock
  readonly log: Logger
  /** Told of every query after its answer is on its way. */
  readonly onQuery?: (event: QueryEvent) => void
}

const VERSION = '0.1.0'

/**
 * Cluster DNS: Services and EndpointSlices in, answers out. Resolves when it listens and knows the whole cluster; goes on
 * until `signal` aborts, also while the API server is away. Throws when it can't listen.
 */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { caches, listen, clusterDomain: zone, ttl, hosts = {}, clock, log } = options
  const seconds = (): number => Math.floor(clock.now() / 1000)
  const tally = new Tally()
  const forwarder = new Forwarder({ ...options, routes: routesOf(options), random: Math.random }, signal)
  const server = `dns://${listen[0]?.address}:${listen[0]?.port}`
  const metrics = () =>
    metricsOf({ server, version: VERSION, tally, forwarder: forwarder.figures(), hosts: Object.keys(hosts).length })
  let ready = false
  await serveObservers(options, { isReady: () => ready, metrics }, signal)

  const index = new NameIndex(nameKey(zone))
  index.set('hosts', planHosts(hosts, ttl))
  const answerer = new Answerer({ ...(await answerOptions(options, tally)), index }, seconds())
  const runner = createRunner({ run: async () => refresh(), clock, log }, signal)
  const addresses = listen.map(({ address }) => address)
  const follower = await follow({ caches, index, zone, ttl, addresses, log, onDirty: () => runner.request() })
  const refresh = (): void => {
    if (follower.refresh()) answerer.changed(seconds())
  }

  const respond = createResponder({
    answerer,
    refresh,
    forward: askLeads({ forwarder, onShortcut: () => tally.autopath++, hasOthers: within(options.haveOthers) }),
    elapsed: () => performance.now(),
    tally,
    onQuery: listenerOf(options),
  })
  await Promise.all(listen.flatMap((at) => [listenUdp(at, { respond, log }, signal), listenTcp(at, { respond, log }, signal)]))
  ready = true
}

/** Whether an address is in one of some ranges. Throws for what isn't a range. */
function within(cidrs: readonly string[] = []): (address: string) => boolean {
  const ranges = cidrs.map((cidr) => ipaddr.parseCIDR(cidr))
  return (address) => {
    const client = ipaddr.process(address)
    return ranges.some((range) => client.kind() === range[0].kind() && client.match(range))
  }
}

async function answerOptions(options: DnsOptions, tally: Tally) {
  const { caches, clusterDomain: zone, ttl, podNames, autopath, authority = [zone] } = options
  const isPod = await podTest(podNames, caches)
  const searchPathOf =
    autopath && (await searchPaths(caches, { zone, nodeSearches: autopath.nodeSearches }, autopath.fieldSelector))
  return { zone, ttl, authority, isPod, searchPathOf, onShortcut: () => void tally.autopath++ }
}

function listenerOf({ onQuery, logQueries = false, log, clusterDomain: zone, clock }: DnsOptions): DnsOptions['onQuery'] {
  if (!logQueries) return onQuery
  const write = queryLog({ log, zone, now: () => clock.now() })
  return (event) => {
    write(event)
    onQuery?.(event)
  }
}
