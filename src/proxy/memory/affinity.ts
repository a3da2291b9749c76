import type { EndpointSlice, Service } from '../../api/index.ts'
import { frontendKey } from '../plan.ts'
import { clusterIPsOf, frontendsOf } from '../services/frontends.ts'
import { clientsMap, type Family, nodePortClientsMap, type Protocol, TABLE } from '../table/names.ts'
import { type Client, parseClient } from './remembered.ts'

/** A map of the kernel in which clients of a Service may be kept. */
export interface ClientMap {
  /** As nft names it: `ip portolan-proxy tcp-clients`. */
  readonly name: string
  readonly protocol: Protocol
}

/** The maps in which the clients of a Service are kept on every node; none for a Service without ClientIP affinity. */
export function clientMapsOf({ spec, ...rest }: Service): readonly ClientMap[] {
  if (spec?.sessionAffinity !== 'ClientIP') return []
  const families = (['ip', 'ip6'] as const).filter((family) => clusterIPsOf({ ...rest, spec }, family).length > 0)
  const protocols = new Set((spec.ports ?? []).map(({ protocol = 'TCP' }) => protocol.toLowerCase() as Protocol))
  const nodePorts = (spec.ports ?? []).some(({ nodePort }) => nodePort)
  return families.flatMap((family) =>
    [...protocols].flatMap((protocol) => [
      { name: `${family} ${TABLE} ${clientsMap(protocol)}`, protocol },
      ...(nodePorts ? [{ name: `${family} ${TABLE} ${nodePortClientsMap(protocol)}`, protocol }] : []),
    ]),
  )
}

/** One client of a Service as one node keeps it. */
export interface KeptClient {
  readonly client: string
  /** Where it came: `10.96.0.30:80/tcp`, `:30030/tcp` for a node port. */
  readonly by: string
  /** The Pod it comes to, by the name in its slice; undefined for an endpoint that is no Pod, or is gone. */
  readonly pod: string | undefined
  /** `10.244.0.2:8080` */
  readonly endpoint: string
  readonly secondsLeft: number
}

/** Those among the elements of a {@link ClientMap} that are clients of this Service, by client and then by where they came. Pure. */
export function keptClients(
  { protocol }: ClientMap,
  elements: readonly unknown[],
  { service, slices }: { readonly service: Service; readonly slices: readonly EndpointSlice[] },
): readonly KeptClient[] {
  const frontends = new Set(
    (['ip', 'ip6'] as const).flatMap((family: Family) =>
      frontendsOf(service, slices, { nodeName: '', family }).map((frontend) => frontendKey(frontend)),
    ),
  )
  const pods = new Map(
    slices.flatMap(({ endpoints }) =>
      (endpoints ?? []).map(({ addresses, targetRef }) => [addresses[0], targetRef?.name] as const),
    ),
  )
  const shown = ({ client, frontend, target, secondsLeft }: Client): KeptClient => {
    const [address = '', port = ''] = target.split(' . ')
    return { client, by: frontendText(frontend), pod: pods.get(address), endpoint: withPort(address, port), secondsLeft }
  }
  return elements
    .map((element) => parseClient(element, protocol))
    .filter(({ frontend }) => frontends.has(frontend))
    .map(shown)
    .toSorted((a, b) => (a.client + a.by < b.client + b.by ? -1 : 1))
}

function frontendText(frontend: string): string {
  const parts = frontend.split(' . ')
  const [address, protocol, port] = parts.length === 3 ? parts : ['', ...parts]
  return `${withPort(address!, port!)}/${protocol}`
}

const withPort = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
