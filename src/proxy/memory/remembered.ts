import type { Flow } from '../../kernel/index.ts'
import type { Protocol } from '../table/names.ts'
import type { Inspection, Reach } from './reach.ts'

/** A client whom packets have put into one of the kernel's maps. */
export interface Client {
  /** Its address. */
  readonly client: string
  readonly frontend: string
  /** Its key in the map, in nft's text. */
  readonly key: string
  /** The endpoint it keeps: `10.244.0.2 . 8080`. */
  readonly target: string
  /** How long it will be kept if it doesn't come again; the kernel counts in whole seconds. */
  readonly secondsLeft: number
}

/** The clients that must choose anew. Pure. */
export const strayClients = (clients: readonly Client[], inspection: Inspection): readonly Client[] =>
  clients.filter(({ frontend, target }) => {
    if (inspection.clients !== 'all' && !inspection.clients.has(frontend)) return false
    return inspection.moved.has(frontend) || !inspection.reach(frontend)?.kept?.has(target)
  })

/**
 * The flows that must be forgotten, so that their next packet is routed anew (upstream: pkg/proxy/conntrack/cleanup.go): those that
 * a frontend's rules have sent to an endpoint that doesn't serve it any more, and those that were there before it had one. Pure.
 */
export const strayFlows = (flows: readonly Flow[], inspection: Inspection): readonly Flow[] =>
  flows.filter((flow) => frontendsOfFlow(flow, inspection).some((frontend) => isStray(flow, inspection.reach(frontend))))

function frontendsOfFlow({ protocol, to }: Flow, { flows, reach }: Inspection): string[] {
  const own = `${to.address} . ${protocol} . ${to.port}`
  const candidates = reach(own) ? [own] : [own, `${protocol} . ${to.port}`]
  return candidates.filter((frontend) => (flows === 'all' ? reach(frontend) !== undefined : flows.has(frontend)))
}

function isStray({ to, by }: Flow, reach: Reach | undefined): boolean {
  const allowed = reach?.flows
  const translated = to.address !== by.address || to.port !== by.port
  return translated ? !allowed?.has(`${by.address} . ${by.port}`) : (allowed?.size ?? 0) > 0
}

/**
 * An element of a map of clients as libnftables-json(5) has it:
 * `[{ elem: { val: { concat: [client, address, port] }, timeout, … } }, { concat: [endpoint, port] }]`, without the address
 * for node ports.
 */
export function parseClient(element: unknown, protocol: Protocol): Client {
  const [{ elem }, { concat: target }] = element as ClientElement
  const key = elem.val.concat
  const [client, ...frontend] = key
  const [address, port] = frontend.length === 1 ? [undefined, frontend[0]] : frontend
  return {
    client: String(client),
    frontend: address === undefined ? `${protocol} . ${port}` : `${address} . ${protocol} . ${port}`,
    key: key.join(' . '),
    target: target.join(' . '),
    secondsLeft: elem.expires,
  }
}

type Concatenation = readonly (string | number)[]
type ClientElement = readonly [
  { readonly elem: { readonly val: { readonly concat: Concatenation }; readonly expires: number } },
  { readonly concat: Concatenation },
]
