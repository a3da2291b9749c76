import { endpointSlices, keyOf, serviceKeysOf, services } from '../../api/index.ts'
import type { Caches } from '../../client/index.ts'
import { isNoSuchObject, type Nft } from '../../kernel/index.ts'
import { frontendsOf, type NodeContext } from '../services/frontends.ts'
import { type Family, INVALID_PACKETS, LOCALHOST_PACKETS, TABLE } from '../table/names.ts'
import type { Snapshot } from './metrics.ts'

export interface SnapshotOptions {
  readonly caches: Caches
  readonly nft: Nft
  readonly node: Omit<NodeContext, 'family'>
}

/** What is looked up only when somebody asks for metrics. */
export async function snapshot({ caches, nft, node }: SnapshotOptions): Promise<Snapshot> {
  const tables = await Promise.all((['ip', 'ip6'] as const).map((family) => countersOf(nft, family)))
  const packets = (name: string): number => tables.reduce((sum, counters) => sum + (counters.get(name) ?? 0), 0)
  return {
    noLocalEndpoints: (['ip', 'ip6'] as const).flatMap((family) =>
      (['internal', 'external'] as const).map((policy) => ({
        family,
        policy,
        count: withoutLocal(caches, { ...node, family }, policy),
      })),
    ),
    invalidPackets: packets(INVALID_PACKETS),
    localhostPackets: packets(LOCALHOST_PACKETS),
  }
}

async function countersOf(nft: Nft, family: Family): Promise<ReadonlyMap<string, number>> {
  try {
    const objects = await nft.list(`counters table ${family} ${TABLE}`)
    return new Map(objects.flatMap(({ counter }) => (counter ? [[String(counter['name']), Number(counter['packets'])]] : [])))
  } catch (error) {
    if (isNoSuchObject(error)) return new Map()
    throw error
  }
}

/** How many Services have endpoints but none on this node, where their policy wants one. */
function withoutLocal(caches: Caches, context: NodeContext, policy: 'internal' | 'external'): number {
  const slicesOf = caches.of(endpointSlices).indexBy(serviceKeysOf)
  const wanted = caches
    .of(services)
    .list()
    .filter(({ spec }) => spec?.[`${policy}TrafficPolicy`] === 'Local')
  return wanted.filter((service) =>
    frontendsOf(service, slicesOf(keyOf(service)), context).some(({ own, targets, refusal }) =>
      policy === 'external'
        ? own?.length === 0 && targets.length > 0
        : own === undefined && targets.length === 0 && refusal === 'drop',
    ),
  ).length
}
