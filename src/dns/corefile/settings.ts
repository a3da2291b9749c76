import type { Policy } from '../forward/settings.ts'
import { parseEndpoint } from '../server/server.ts'
import type { DnsSettings } from '../settings.ts'
import type { PodNames } from '../zone/pods.ts'
import { cacheSettings } from './cache.ts'
import { hostLines } from './hosts.ts'
import { CorefileError, type Directive, parseCorefile, type ServerBlock } from './parse.ts'

export interface CorefileOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The text of a file that the Corefile names: /etc/resolv.conf, a hosts file. */
  readonly readFile: (path: string) => string
}

/** What a Corefile can say, but for where to answer. */
export type CorefileSettings = Omit<DnsSettings, 'listen'> & Partial<Pick<DnsSettings, 'listen'>>

type Reader = (directive: Directive, context: { readonly block: ServerBlock } & CorefileOptions) => Partial<DnsSettings>

/** What a server block of ours does in any case, or has no use for. */
const IGNORED = new Set(['errors', 'loop', 'reload', 'loadbalance', 'cancel', 'debug'])
const POD_NAMES: readonly PodNames[] = ['insecure', 'verified', 'disabled']
const POLICIES: readonly Policy[] = ['sequential', 'round_robin', 'random']

const READERS: Readonly<Record<string, Reader>> = {
  kubernetes: readKubernetes,
  forward: readForward,
  cache: (directive) => ({ cache: cacheSettings(directive) }),
  hosts: (directive, { readFile }) => ({ hosts: hostLines(directive, readFile) }),
  health: ({ args }) => ({ health: parseEndpoint(args[0] ?? ':8080', 8080) }),
  ready: ({ args }) => ({ ready: parseEndpoint(args[0] ?? ':8181', 8181) }),
  prometheus: ({ args }) => ({ metrics: parseEndpoint(args[0] ?? 'localhost:9153', 9153) }),
  autopath: readAutopath,
  bind: ({ args }, { block }) => ({ listen: args.map((address) => ({ address, port: portOf(block) })) }),
  log: () => ({ logQueries: true }),
}

/**
 * The settings in a Corefile as kubeadm and its users write them: one server block with the plugin kubernetes, and others
 * that forward single domains. What isn't understood is refused with its line, never passed over. Throws {@link CorefileError}.
 */
export function corefileSettings(text: string, options: CorefileOptions): CorefileSettings {
  const blocks = parseCorefile(text, options.environment)
  const main = blocks.find(({ directives }) => directives.some(({ name }) => name === 'kubernetes'))
  if (!main) throw new CorefileError(blocks[0]?.line ?? 1, 'no server block has the plugin kubernetes')
  const stubs = blocks.filter((block) => block !== main).flatMap((block) => stubDomainsOf(block, options))
  const defaults = { clusterDomain: 'cluster.local', ttl: 5, podNames: 'disabled', forwarders: [], cache: { maxAge: 0, maxDenialAge: 0 } } as const // prettier-ignore
  const all = main.directives.map((directive) => read(directive, { block: main, ...options }))
  const stubDomains = Object.assign({}, ...all.map((one) => one.stubDomains), ...stubs)
  return { ...defaults, ...Object.assign({}, ...all), stubDomains }
}

function read(directive: Directive, context: { readonly block: ServerBlock } & CorefileOptions): Partial<DnsSettings> {
  if (IGNORED.has(directive.name)) return {}
  const reader = READERS[directive.name]
  if (reader) return reader(directive, context)
  const known = [...Object.keys(READERS), ...IGNORED].sort().join(', ')
  throw new CorefileError(directive.line, `the plugin ${directive.name} is not known here; known are ${known}`)
}

function stubDomainsOf(block: ServerBlock, options: CorefileOptions): Record<string, readonly string[]>[] {
  const forwards = block.directives
    .map((directive) => read(directive, { block, ...options }))
    .flatMap(({ forwarders }) => forwarders ?? [])
  if (forwards.length === 0) throw new CorefileError(block.line, 'a server block without the plugin kubernetes has to forward')
  return block.keys.map((key) => ({ [zoneOf(key)]: forwards }))
}

function readKubernetes({ args, body }: Directive, { block }: { readonly block: ServerBlock }): Partial<DnsSettings> {
  const zones = (args.length > 0 ? args : block.keys.map(zoneOf)).map(withoutDot)
  const clusterDomain = zones.find((zone) => !zone.endsWith('.arpa') && zone !== '') ?? 'cluster.local'
  let authority: readonly string[] = zones.filter((zone) => zone !== '')
  let more: Partial<DnsSettings> = {}
  for (const { name, args: values, line } of body) {
    if (name === 'pods') more = { ...more, podNames: oneOf(values[0], POD_NAMES, line) }
    else if (name === 'ttl') more = { ...more, ttl: wholeNumber(values[0], line) }
    else if (name === 'fallthrough') {
      const through = values.map(withoutDot)
      authority = through.length === 0 ? [] : authority.filter((zone) => !through.includes(zone))
    } else if (!['resyncperiod', 'endpoint', 'tls', 'kubeconfig', 'upstream'].includes(name)) {
      throw new CorefileError(line, `kubernetes: ${name} is not understood`)
    }
  }
  return { clusterDomain, authority, ...more }
}

function readForward({ args, body, line }: Directive, { readFile }: CorefileOptions): Partial<DnsSettings> {
  const [from = '', ...to] = args
  if (to.length === 0) throw new CorefileError(line, 'forward: the domain and the servers are needed')
  const servers = to.flatMap((server) =>
    server.startsWith('/') ? nameserversIn(readFile(server)) : server.replace(/^dns:\/\//, ''),
  )
  let more: Partial<DnsSettings> = {}
  for (const { name, args: values, line: at } of body) {
    if (name === 'policy') more = { ...more, policy: oneOf(values[0], POLICIES, at) }
    else if (name === 'max_concurrent') more = { ...more, maxConcurrent: wholeNumber(values[0], at) }
    else if (name === 'force_tcp') more = { ...more, forceTcp: true }
    else if (name === 'except') more = { ...more, except: values.map(withoutDot) }
    else if (!['prefer_udp', 'expire', 'max_fails', 'health_check'].includes(name))
      throw new CorefileError(at, `forward: ${name} is not understood`)
  }
  const where = withoutDot(from) === '' ? { forwarders: servers } : { stubDomains: { [withoutDot(from)]: servers } }
  return { policy: 'random', ...more, ...where }
}

function readAutopath({ args, line }: Directive, { readFile }: CorefileOptions): Partial<DnsSettings> {
  if (args.at(-1) !== '@kubernetes') throw new CorefileError(line, 'autopath: only @kubernetes is understood')
  return { autopath: { nodeSearches: searchesIn(readFile('/etc/resolv.conf')) } }
}

/** resolv.conf(5) */
export const nameserversIn = (text: string): string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!)
export const searchesIn = (text: string): string[] => /^\s*search\s+(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? []

const withoutDot = (zone: string): string => zone.replace(/\.$/, '')

/** `.:53`, `example.org`, `dns://example.org:1053`. */
const zoneOf = (key: string): string => withoutDot(key.replace(/^dns:\/\//, '').replace(/:\d+$/, ''))
const portOf = ({ keys }: ServerBlock): number => Number(/:(\d+)$/.exec(keys[0] ?? '')?.[1] ?? 53)

function oneOf<T extends string>(value: string | undefined, values: readonly T[], line: number): T {
  const found = values.find((one) => one === value)
  if (found === undefined) throw new CorefileError(line, `"${value ?? ''}" is not one of ${values.join(', ')}`)
  return found
}

export function wholeNumber(value: string | undefined, line: number): number {
  if (!/^\d+$/.test(value ?? '')) throw new CorefileError(line, `"${value ?? ''}" is not a whole number`)
  return Number(value)
}
