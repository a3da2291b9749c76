import { PortolanError } from '../lib/index.ts'
import { hostsOf } from './corefile/hosts.ts'
import { type CorefileOptions, corefileSettings, nameserversIn, searchesIn } from './corefile/settings.ts'
import type { Policy } from './forward/settings.ts'
import { parseEndpoint } from './server/server.ts'
import type { DnsSettings } from './settings.ts'
import type { PodNames } from './zone/pods.ts'

/** The flags of `portolan dns`, as they were typed. What isn't given is as the Corefile says, or else as usual. */
export interface DnsFlags {
  readonly listen?: readonly string[]
  /** A Corefile's text. */
  readonly corefile?: string
  readonly clusterDomain?: string
  readonly authority?: readonly string[]
  /** Seconds. */
  readonly ttl?: number
  readonly pods?: PodNames
  readonly autopath?: boolean
  /** Addresses, or files as resolv.conf(5). */
  readonly forward?: readonly string[]
  /** `corp.example=192.0.2.1,192.0.2.2`. */
  readonly stubDomain?: readonly string[]
  readonly except?: readonly string[]
  readonly forwardPolicy?: Policy
  readonly maxConcurrent?: number
  readonly forceTcp?: boolean
  /** Seconds. */
  readonly cacheTtl?: number
  /** Bytes. */
  readonly cacheSize?: number
  /** Questions after which an answer is asked for anew before it runs out. */
  readonly prefetch?: number
  /** `192.0.2.1 registry.example`. */
  readonly hostEntry?: readonly string[]
  readonly health?: string | boolean
  readonly ready?: string | boolean
  readonly metrics?: string | boolean
  readonly logQueries?: boolean
}

const USUAL = { clusterDomain: 'cluster.local', ttl: 5, podNames: 'insecure', forwarders: [] } as const
const PORTS = { health: 8080, ready: 8181, metrics: 9153 } as const
/** As CoreDNS's plugin cache has them. */
const PREFETCH = { gap: 60, share: 0.1 }

/** The settings that flags make, over those of a Corefile. Throws BadFlag, BadEndpoint, BadCorefile. */
export function settingsFromFlags(flags: DnsFlags, options: CorefileOptions): DnsSettings {
  const base = flags.corefile === undefined ? USUAL : corefileSettings(flags.corefile, options)
  const settings = { ...base, ...answering(flags, options), ...forwarding(flags, options), ...observing(flags) }
  if (flags.clusterDomain !== undefined && !flags.authority) settings.authority = [flags.clusterDomain]
  const cache = { ...settings.cache, ...caching(flags) }
  const listen = flags.listen?.map((text) => parseEndpoint(text, 53)) ?? settings.listen
  if (!listen || listen.length === 0) throw new PortolanError('BadFlag', 'where to answer is needed: --listen 192.168.1.2:53')
  return { ...settings, cache, listen }
}

type Part = { -readonly [Key in keyof DnsSettings]?: DnsSettings[Key] }

function answering(flags: DnsFlags, { readFile }: CorefileOptions): Part {
  const { clusterDomain, authority, ttl, pods, autopath, hostEntry } = flags
  return defined({
    clusterDomain,
    authority,
    ttl,
    podNames: pods,
    autopath: autopath ? { nodeSearches: searchesIn(readFile('/etc/resolv.conf')) } : undefined,
    hosts: hostEntry && hostsOf(hostEntry),
  })
}

function forwarding(flags: DnsFlags, { readFile }: CorefileOptions): Part {
  const { forward, stubDomain, except, forwardPolicy, maxConcurrent, forceTcp } = flags
  return defined({
    forwarders: forward?.flatMap((server) => (server.startsWith('/') ? nameserversIn(readFile(server)) : server)),
    stubDomains: stubDomain && Object.fromEntries(stubDomain.map(parseStubDomain)),
    except,
    policy: forwardPolicy,
    maxConcurrent,
    forceTcp,
  })
}

const caching = ({ cacheTtl, cacheSize, prefetch }: DnsFlags): DnsSettings['cache'] =>
  defined({
    maxAge: cacheTtl,
    maxDenialAge: cacheTtl,
    maxBytes: cacheSize,
    prefetch: prefetch === undefined ? undefined : { amount: prefetch, ...PREFETCH },
  })

function observing(flags: DnsFlags): Part {
  const at = (name: keyof typeof PORTS) => {
    const given = flags[name]
    return given === undefined || given === false ? undefined : parseEndpoint(given === true ? '' : given, PORTS[name])
  }
  return defined({ health: at('health'), ready: at('ready'), metrics: at('metrics'), logQueries: flags.logQueries })
}

function parseStubDomain(text: string): [domain: string, servers: string[]] {
  const [domain = '', servers = ''] = text.split('=')
  if (domain === '' || servers === '')
    throw new PortolanError('BadFlag', `"${text}" is no domain with servers, like corp.example=192.0.2.1`)
  return [domain, servers.split(',')]
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

/** Without what wasn't given. */
const defined = <T extends object>(part: T): Defined<T> =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as Defined<T>
