import { isIP } from 'node:net'
import { PortolanError } from '../../lib/index.ts'
import { isWithin, nameKey, type NameKey } from '../../wire/index.ts'
import type { Server } from './exchange.ts'

/** Who is asked for names of one domain and below. */
export interface Route {
  readonly domain: NameKey
  readonly servers: readonly Server[]
}

export interface RouteOptions {
  /** Addresses, each with a port behind a colon where that isn't 53; an IPv6 address with a port is in brackets. */
  readonly forwarders: readonly string[]
  /** The same for single domains. */
  readonly stubDomains?: Readonly<Record<string, readonly string[]>>
  /** Domains whose names nobody is asked for. */
  readonly except?: readonly string[]
  /** Where this server itself listens: it is never asked, or it would ask itself for ever. */
  readonly listen: readonly Server[]
}

/** The longest domain first, so that the first that fits is the right one. Throws BadServer for what isn't an address. */
export function routesOf({ forwarders, stubDomains = {}, except = [], listen }: RouteOptions): readonly Route[] {
  const routes = Object.entries({
    ...stubDomains,
    ...Object.fromEntries(except.map((domain) => [domain, []])),
    '.': forwarders,
  }).map(([domain, servers]) => ({
    domain: nameKey(domain),
    servers: servers.map(parseServer).filter((server) => !listen.some((own) => isSame(own, server))),
  }))
  return routes.sort((a, b) => b.domain.length - a.domain.length)
}

/** Empty when nobody is to be asked for `name`. */
export const serversFor = (routes: readonly Route[], name: NameKey): readonly Server[] =>
  routes.find(({ domain }) => isWithin(name, domain))?.servers ?? []

const isSame = (a: Server, b: Server): boolean => a.address === b.address && a.port === b.port

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
function parseServer(text: string): Server {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? []
  const address = isIP(text) ? text : (bracketed ?? plain ?? '')
  const server = { address, port: isIP(text) ? 53 : Number(port ?? 53) }
  if (!isIP(address) || server.port < 1 || server.port > 65_535) {
    throw new PortolanError('BadServer', `"${text}" is not the address of a DNS server, like 192.0.2.1 or 192.0.2.1:5353`)
  }
  return server
}
